"""The form of a question: texts, options and references as rows, place and facts; any post becomes a draft.

`Writing` is three forms validated together. `draft()` reads what was typed, valid or not: lint, preview and
autosave work on half a question too.
"""

import re
import string
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.interchange.check import MOST_OPTIONS
from questions.interchange.schema import (
    MULTIPLE_CHOICE,
    MULTIPLE_RESPONSE,
    OptionDraft,
    QuestionDraft,
    Reference,
    Waiver,
    tidy,
)
from questions.models import Blueprint, ExamDomain, Point, Question, RaterRating, Topic
from questions.writing import Facts, enemies, stored

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+\Z")


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class OptionForm(forms.Form):
    """One option. An empty row is no option."""

    code = forms.RegexField(r"\A[a-z0-9]{1,20}\Z", required=False, widget=forms.HiddenInput)
    correct = forms.BooleanField(required=False, label=gettext_lazy("Key"))
    text = forms.CharField(required=False, label=gettext_lazy("Option"), widget=_text(2))
    rationale = forms.CharField(required=False, label=gettext_lazy("Why it is right or wrong"), widget=_text(2))


class ReferenceForm(forms.Form):
    """One page that backs the key."""

    title = forms.CharField(required=False, label=gettext_lazy("Title"))
    url = forms.CharField(required=False, label=gettext_lazy("Address"), widget=forms.TextInput({"inputmode": "url"}))
    checked = forms.DateField(required=False, label=gettext_lazy("Read on"), widget=_day_input())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        title, url = cleaned.get("title"), cleaned.get("url")
        if bool(title) != bool(url) or (url and not _ADDRESS.match(url)):
            raise forms.ValidationError(_("A reference needs a title and an address that begins with https://."))
        return cleaned


OptionFormSet = forms.formset_factory(
    OptionForm, extra=0, can_order=True, can_delete=True, max_num=MOST_OPTIONS, absolute_max=MOST_OPTIONS
)
ReferenceFormSet = forms.formset_factory(ReferenceForm, extra=0, max_num=20, absolute_max=20)


class QuestionForm(forms.Form):
    """Everything of a question that is no row."""

    lock_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    code = forms.SlugField(
        max_length=80, label=gettext_lazy("Code"),
        help_text=gettext_lazy("A short name of your own, such as d3-late-jump. It never changes."),
    )  # fmt: skip
    stem = forms.CharField(label=gettext_lazy("Stem"), widget=_text(7))
    explanation = forms.CharField(
        required=False, label=gettext_lazy("Explanation"), widget=_text(5),
        help_text=gettext_lazy("Why the key meets each constraint. 60 to 120 words; shown after the end only."),
    )  # fmt: skip
    topic = forms.ModelChoiceField(Topic.objects.none(), required=False, label=gettext_lazy("Topic"))
    exam_domain = forms.ModelChoiceField(
        ExamDomain.objects.all(), required=False, label=gettext_lazy("Exam domain"),
        help_text=gettext_lazy("Asked only without a topic; a topic settles it."),
    )  # fmt: skip
    points = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Points it tests"), widget=forms.CheckboxSelectMultiple
    )
    rating = forms.IntegerField(
        required=False, min_value=1, max_value=99, label=gettext_lazy("Your rating"),
        help_text=gettext_lazy("Of 100 candidates who only just pass, how many answer correctly?"),
    )  # fmt: skip
    enemies = forms.CharField(
        required=False, label=gettext_lazy("Enemies"),
        help_text=gettext_lazy("Codes of questions that must not meet it on one form."),
    )  # fmt: skip
    as_of = forms.DateField(
        required=False, label=gettext_lazy("Facts checked on"), widget=_day_input()
    )  # fmt: skip
    license = forms.CharField(required=False, max_length=40, label=gettext_lazy("License"))
    collection = forms.SlugField(
        max_length=40, label=gettext_lazy("Collection"),
        help_text=gettext_lazy("Exams draw from the collections that their blueprint names."),
    )  # fmt: skip
    reason = forms.CharField(
        required=False, max_length=300, label=gettext_lazy("Why the wording changes"),
        help_text=gettext_lazy("Needed once candidates have seen it. They get the old wording until approval."),
    )  # fmt: skip
    same_item = forms.BooleanField(
        required=False, label=gettext_lazy("Still the same question: only spelling or a service's name is mended")
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        topics = Topic.objects.select_related("task__exam_domain").order_by("task__exam_domain", "task", "ordinal")
        field: Any = self.fields["topic"]
        field.queryset = topics
        groups: dict[str, list[tuple[int, str]]] = {}
        for topic in topics:
            groups.setdefault(f"{topic.task.exam_domain.number} · {topic.task}", []).append((topic.pk, topic.title))
        field.widget.choices = [("", _("not assigned")), *groups.items()]
        self.fields["points"].choices = points_of(self["topic"].value())  # type: ignore[attr-defined]
        if question.pk:
            del self.fields["code"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not _CODE.match(code):
            raise forms.ValidationError(_("Use small letters, digits and single hyphens."))
        if Question.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is a question with this code already. Choose another."))
        return code

    def clean_enemies(self) -> tuple[Question, ...]:
        codes = set(_codes(self.cleaned_data["enemies"])) - {self.question.code}
        found = {each.code: each for each in Question.objects.filter(code__in=codes)}
        if missing := sorted(codes - found.keys()):
            raise forms.ValidationError(_("There is no question %s. Correct the code, or remove it.") % missing[0])
        return tuple(found.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("topic") and not cleaned.get("exam_domain"):
            self.add_error("topic", _("Choose a topic, or at least an exam domain."))
        if self.question.status in ("pilot", "live"):
            for name in ("as_of", "license"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Candidates meet this question: it needs this."))
        return cleaned


def points_of(topic: Any) -> list[tuple[str, str]]:
    """Code and text of the points of a topic, as choices."""
    if not str(topic or "").isdecimal():
        return []
    return [(each.code, f"{each.code} {each.text}") for each in Point.objects.filter(topic=topic)]


class Writing:
    """The three forms of a question, blank, of what is stored, or of a post."""

    def __init__(self, question: Question, user: Any, data: Any = None) -> None:
        self.question = question
        said = initial(question, user) if data is None else {"form": None, "options": None, "references": None}
        self.form = QuestionForm(data, initial=said["form"], question=question)
        self.options = OptionFormSet(data, initial=said["options"], prefix="options")
        self.references = ReferenceFormSet(data, initial=said["references"], prefix="references")
        if data is None:
            self.options.extra = 1 if said["options"] else 4
            self.references.extra = 1

    def is_valid(self) -> bool:
        # All three, so that every fault is said at once.
        valid = [self.form.is_valid(), self.options.is_valid(), self.references.is_valid()]
        return all(valid)

    @property
    def errors(self) -> list[str]:
        """Every fault, with the label of its field."""
        said = [f"{self.form.fields[name].label}: {each}" if name in self.form.fields else str(each)
                for name, errors in self.form.errors.items() for each in errors]  # fmt: skip
        for rows in (self.options, self.references):
            said += [str(each) for row in rows.forms for errors in row.errors.values() for each in errors]
            said += [str(each) for each in rows.non_form_errors()]
        return said

    def draft(self) -> QuestionDraft:
        """What was typed, as far as it can be read."""
        said: Mapping[str, Any] = {name: self.form[name].value() or "" for name in self.form.fields}
        options = tuple(_options(self.options))
        topic = Topic.objects.filter(pk=said["topic"]).first() if str(said["topic"]).isdecimal() else None
        domain = (
            ExamDomain.objects.filter(pk=said["exam_domain"]).first() if str(said["exam_domain"]).isdecimal() else None
        )
        rating = self.question.rating or (int(said["rating"]) if str(said["rating"]).isdecimal() else None)
        return QuestionDraft(
            id=self.question.code or said.get("code") or "new-question",
            status=self.question.status,
            task=topic.task.code if topic else None,
            topic=topic.slug if topic else None,
            exam_domain=None if topic or not domain else domain.number,
            points=tuple(said["points"]),
            kind=MULTIPLE_RESPONSE if sum(each.correct for each in options) > 1 else MULTIPLE_CHOICE,
            rating=rating,
            enemies=tuple(_codes(str(said["enemies"]))),
            waivers=tuple(Waiver(each.rule, each.reason) for each in self.question.waivers.all())
            if self.question.pk
            else (),
            as_of=_day(said["as_of"]),
            license=said["license"] or None,
            stem=tidy(said["stem"]),
            options=options,
            explanation=tidy(said["explanation"]),
            references=tuple(_references(self.references)),
            collection=said["collection"],
        )

    def exam(self) -> str:
        """The exam whose syllabus the place is of."""
        for name, model, path in (("topic", Topic, "task__exam_domain__exam"), ("exam_domain", ExamDomain, "exam")):
            value = str(self.form[name].value() or "")
            if value.isdecimal() and (found := model.objects.filter(pk=value).values_list(path, flat=True).first()):
                return str(found)
        return ""

    def facts(self) -> Facts:
        """The valid facts."""
        said = self.form.cleaned_data
        by_code = {point.code: point for point in Point.objects.filter(code__in=said["points"])}
        return Facts(
            exam_domain=said["exam_domain"],
            topic=said["topic"],
            points=tuple(by_code[code] for code in said["points"]),
            enemies=said["enemies"],
            as_of=said["as_of"],
            license=said["license"],
            collection=said["collection"],
        )


def initial(question: Question, user: Any) -> dict[str, Any]:
    """What the forms say of a question as it is stored."""
    draft = stored(question) if question.pk else None
    rated = RaterRating.objects.filter(question=question, rater=user).first() if question.pk else None
    if not question.pk:
        newest = Blueprint.objects.order_by("-loaded_at").first()
        # A collection that no exam draws from would never be asked.
        question.collection = newest.exam.collections[0] if newest else question.collection
    form: dict[str, Any] = {
        "lock_version": question.lock_version,
        "topic": question.topic_id,
        "exam_domain": question.exam_domain_id,
        "rating": rated.value if rated else None,
        "as_of": question.as_of,
        "license": question.license,
        "collection": question.collection,
    }
    if question.pk:
        points = question.questionpoint_set.order_by("ordinal", "pk").values_list("point__code", flat=True)
        form |= {"points": list(points), "enemies": ", ".join(enemies(question))}
    if draft is None:
        return {"form": form, "options": [], "references": []}
    form |= {"stem": draft.stem, "explanation": draft.explanation}
    return {
        "form": form,
        "options": [
            {"code": each.id, "correct": each.correct, "text": each.text, "rationale": each.rationale}
            for each in draft.options
        ],
        "references": [
            {"title": each.title, "url": each.url, "checked": each.checked} for each in draft.references
        ],
    }  # fmt: skip


def _options(rows: Any) -> list[OptionDraft]:
    """The options of a post in their order; a new one gets the first free letter as its code."""
    kept = []
    for place, row in enumerate(rows.forms):
        value = {name: row[name].value() for name in row.fields}
        if value.get("DELETE") or not (str(value["text"] or "").strip() or str(value["rationale"] or "").strip()):
            continue
        order = str(value.get("ORDER") or "")
        kept.append((int(order) if order.isdecimal() else 1000, place, value))
    used = {value["code"] for _order, _place, value in kept if value["code"]}
    free = (code for code in string.ascii_lowercase + string.digits if code not in used)
    seen: set[str] = set()
    found = []
    for _order, _place, value in sorted(kept, key=lambda each: each[:2]):
        code = value["code"] if value["code"] and value["code"] not in seen else next(free)
        seen.add(code)
        text, rationale = tidy(str(value["text"] or "")), tidy(str(value["rationale"] or ""))
        found.append(OptionDraft(code, bool(value["correct"]), text, rationale))
    return found


def _references(rows: Any) -> list[Reference]:
    found = []
    for row in rows.forms:
        title, url = (str(row[name].value() or "").strip() for name in ("title", "url"))
        if title or url:
            found.append(Reference(title, url, _day(row["checked"].value())))
    return found


def _codes(typed: str) -> list[str]:
    return [code for code in re.split(r"[\s,;]+", typed) if code]


def _day(value: Any) -> str | None:
    try:
        return date.fromisoformat(str(value or "")).isoformat()
    except ValueError:
        return None
