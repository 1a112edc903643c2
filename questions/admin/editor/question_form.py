"""The three forms of the page of a question: facts and texts, options, references.

`QuestionForms.content()` returns what was typed, valid or not, for lint and preview of an incomplete question.
"""

import json
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.editor.license_fields import RESERVED, last_own_question
from questions.admin.editor.question_fields import (
    TYPED_COLUMNS,
    OptionForm,
    OptionFormSet,
    QuestionForm,
    ReferenceFormSet,
    split_codes,
)
from questions.content.declarations import Prose
from questions.content.differences import part_digests
from questions.content.parts import FACTS, SCORING_FACTS
from questions.content.schema import (
    MULTIPLE_CHOICE,
    MULTIPLE_RESPONSE,
    OptionContent,
    QuestionContent,
    Reference,
    Waiver,
    letters_by_place,
    option_letters,
    tidy,
)
from questions.content.typed_numbers import whole_number
from questions.formats.text_files import MAX_QUESTION_CHARS
from questions.models import ExamDomain, Point, Question, RaterRating, Topic
from questions.services import blueprints, search
from questions.services.content_columns import COLUMNS, content_value
from questions.services.editing import QuestionLinks, stored_content
from questions.services.key_changes import keys_before
from questions.services.points_and_enemies import enemy_codes
from questions.services.revisions import newest_revision
from questions.services.wordings import content_of

_LAST = 1000  # the order of an option without a valid one


class QuestionForms:
    """The three forms of a question: empty, with stored values, or bound to a post."""

    def __init__(self, question: Question, user: Any, data: Any = None, like: Question | None = None) -> None:
        """Fill the forms of a new question with the facts of the question that it is to be `like`."""
        self.question = question
        empty = {"form": None, "options": None, "references": None}
        values = initial(question, user, like) if data is None else empty
        self.accepted: str = values.get("accepted") or ""  # letters of the second answer of the stored wording
        collection = question.collection if data is None else str(data.get("collection", ""))
        exams = blueprints.exams_drawing(collection)
        self.form = QuestionForm(data, initial=values["form"], question=question, exams=exams)
        self.options = OptionFormSet(data, initial=values["options"], prefix="options")
        self.references = ReferenceFormSet(data, initial=values["references"], prefix="references")
        if data is None:
            self.options.extra = 0 if values["options"] else 4
            self.references.extra = 1

    @property
    def rows(self) -> list[OptionForm]:
        """The rows of options in order, each with its letter; rows to be removed have none."""
        rows = [row for _order, _place, row in sorted(_ordered(self.options), key=lambda item: item[:2])]
        letters = letters_by_place()
        before = keys_before(self.question) if self.question.pk else {}
        for row in rows:
            row.key_before = before.get(str(row["code"].value() or ""))
            row.letter = "" if row["DELETE"].value() else next(letters)
        return rows

    def typed_options(self) -> list[tuple[OptionContent, OptionForm]]:
        """Return the typed options in order, each with its row."""
        return _options(self.options)

    @property
    def enemies(self) -> list[search.SearchResult]:
        """The questions named in the field of enemies, with the beginning of their stems."""
        return search.by_codes(split_codes(str(self.form["enemies"].value() or "")))

    def is_valid(self) -> bool:
        # Validate all three, to show all errors at once.
        valid = [self.form.is_valid(), self.options.is_valid(), self.references.is_valid()]
        return all(valid) and not self._too_long()

    @property
    def errors(self) -> list[str]:
        """All errors, with the labels of their fields."""
        values = [f"{self.form.fields[name].label}: {item}" if name in self.form.fields else str(item)
                for name, errors in self.form.errors.items() for item in errors]  # fmt: skip
        for rows in (self.options, self.references):
            values += [
                f"{row.fields[name].label}: {item}" if name in row.fields else str(item)
                for row in rows.forms
                for name, errors in row.errors.items()
                for item in errors
            ]
            values += [str(item) for item in rows.non_form_errors()]
        return values + self._too_long()

    def overlong(self) -> list[str]:
        """Return a sentence for each text above the limit of its field, and if all are too long together.

        Such texts are not made HTML or checked.
        """
        sentences = self._too_long()
        for form in self._forms:
            for name, field in form.fields.items():
                for validator in field.validators:
                    if isinstance(validator, MaxLengthValidator):
                        try:
                            validator(str(form[name].value() or ""))
                        except ValidationError as error:
                            sentences.append(f"{field.label}: {error.messages[0]}")
        return sentences

    @property
    def _forms(self) -> tuple[forms.Form, ...]:
        return (self.form, *self.options.forms, *self.references.forms)

    def _too_long(self) -> list[str]:
        """Return a sentence, alone in a list, if the whole question is longer than one that is imported."""
        chars = sum(len(str(form[name].value() or "")) for form in self._forms for name in form.fields)
        if chars <= MAX_QUESTION_CHARS:
            return []
        sentence = _("All texts together have %(n)s characters. Shorten them: a question has at most %(most)s.")
        return [sentence % {"n": f"{chars:,}", "most": f"{MAX_QUESTION_CHARS:,}"}]

    def content(self) -> QuestionContent:
        """Return what was typed, as far as it is readable."""
        values: Mapping[str, Any] = {name: self.form[name].value() or "" for name in self.form.fields}
        options = tuple(option for option, _row in self.typed_options())
        topic = Topic.objects.filter(pk=values["topic"]).first() if whole_number(str(values["topic"]), None) else None
        domain = (
            ExamDomain.objects.filter(pk=values["exam_domain"]).first()
            if whole_number(str(values["exam_domain"]), None)
            else None
        )
        rating = self.question.rating or whole_number(str(values["rating"]), None)
        return QuestionContent(
            id=self.question.code or values.get("code") or "new-question",
            status=self.question.status,
            task=topic.task.code if topic else None,
            topic=topic.slug if topic else None,
            exam_domain=None if topic or not domain else domain.number,
            points=tuple(self._in_order(values["points"])),
            kind=MULTIPLE_RESPONSE if sum(item.correct for item in options) > 1 else MULTIPLE_CHOICE,
            rating=rating,
            enemies=tuple(split_codes(str(values["enemies"]))),
            waivers=tuple(Waiver(item.rule, item.reason) for item in self.question.waivers.all())
            if self.question.pk
            else (),
            options=options,
            references=tuple(_references(self.references)),
            accepted=_still_accepted(self.question, options),
            **{name: self._typed(name) for name in TYPED_COLUMNS},
        )

    def _typed(self, name: str) -> Any:
        """Return a value as typed, or that of a new question if its field cannot read it."""
        try:
            typed = self.form.typed_license if name == "license" else self.form[name].value()
            field = COLUMNS[name]
            if isinstance(field.form, Prose):
                return tidy(typed or "")
            return content_value(field, self.form.fields[name].clean(typed))
        except ValidationError:
            return COLUMNS[name].default

    def _in_order(self, points: Iterable[str]) -> list[str]:
        """Return the points in the order of the question; the page lists them in the order of the syllabus."""
        if not self.question.pk:
            return list(points)
        stored_order = list(_points(self.question))
        return sorted(points, key=lambda code: stored_order.index(code) if code in stored_order else len(stored_order))

    def exam(self) -> str:
        """Return the exam of the chosen place."""
        for name, model, path in (("topic", Topic, "task__exam_domain__exam"), ("exam_domain", ExamDomain, "exam")):
            pk = whole_number(str(self.form[name].value() or ""), None)
            if pk and (exam := model.objects.filter(pk=pk).values_list(path, flat=True).first()):
                return str(exam)
        return ""

    def links(self) -> QuestionLinks:
        """Return the validated rows that the question names."""
        values = self.form.cleaned_data
        by_code = {point.code: point for point in Point.objects.filter(code__in=values["points"])}
        return QuestionLinks(
            exam_domain=values["exam_domain"],
            topic=values["topic"],
            points=tuple(by_code[code] for code in self._in_order(values["points"])),
            enemies=values["enemies"],
        )


_KEPT = ("exam_domain", "topic", "tags", "worth")  # in a series of new questions, beside license and collection


def initial(question: Question, user: Any, like: Question | None = None) -> dict[str, Any]:
    """Return the initial values of the three forms for a stored question, or for a new one `like` another."""
    content = stored_content(question) if question.pk else None
    rated = RaterRating.objects.filter(question=question, rater=user).first() if question.pk else None
    if not question.pk:
        question.as_of = timezone.localdate()
        last = like or last_own_question(user)
        question.license = (last and last.license) or RESERVED
        if last:
            question.collection = last.collection
        for name in _KEPT if like else ():
            setattr(question, name, getattr(like, name))
    form: dict[str, Any] = {
        "lock_version": question.lock_version,
        "topic": question.topic_id,
        "exam_domain": question.exam_domain_id,
        "rating": rated.value if rated else None,
        **{name: getattr(question, name) for name in FACTS},
    }
    if question.pk:
        form |= {"points": list(_points(question)), "enemies": ", ".join(enemy_codes(question))}
    if content is None:
        return {"form": form, "options": [], "references": []}
    form |= {name: getattr(content, name) for name in TYPED_COLUMNS if name not in FACTS or name in SCORING_FACTS}
    form["opened"] = part_digests_json(question, content)
    letters = option_letters(content)
    return {
        "accepted": ", ".join(sorted(letters[code] for code in content.accepted if code in letters)),
        "form": form,
        "options": [
            {"code": item.id, "correct": item.correct, "text": item.text, "rationale": item.rationale}
            for item in content.options
        ],
        "references": [
            {"title": item.title, "url": item.url, "checked": item.checked} for item in content.references
        ],
    }  # fmt: skip


def part_digests_json(question: Question, content: QuestionContent) -> str:
    """Return the digests of the parts as JSON, to detect later which parts have changed."""
    return json.dumps(part_digests(comparable(content, enemy_codes(question))))


def comparable(content: QuestionContent, enemies: Iterable[str]) -> QuestionContent:
    """Return the content with all enemies (a file names a pair on one side only) and without what the page lacks."""
    return replace(content, enemies=tuple(sorted(enemies)), rating=None, waivers=(), status="draft")


def take_parts(data: QueryDict, question: Question, user: Any, taken: Collection[str]) -> None:
    """Replace typed by stored values for the parts in `taken`, which are keys of `differences.PartChoice`."""
    stored = initial(question, user)
    form = QuestionForm(initial=stored["form"], question=question)
    for name in ("enemies", *TYPED_COLUMNS):
        if name in taken:
            value = form[name].value()
            data[name] = "" if value is None else str(value)
    if "place" in taken:
        data["topic"], data["exam_domain"] = (str(stored["form"][name] or "") for name in ("topic", "exam_domain"))
    if "points" in taken:
        data.setlist("points", stored["form"]["points"])
    if "references" in taken:
        _fill(data, "references", stored["references"])
    codes = {name.removeprefix("option-") for name in taken if name.startswith("option-")}
    if codes or "order" in taken:
        typed = {option.id: option for option, _row in _options(OptionFormSet(data, prefix="options"))}
        values = {item["code"]: item for item in stored["options"]}
        filled = {code: _row_of(option) for code, option in typed.items() if code not in codes or code in values}
        rows = {**filled, **{code: values[code] for code in codes if code in values}}
        order = list(values) if "order" in taken else [*typed, *values]
        _fill(data, "options", [rows[code] for code in dict.fromkeys(order) if code in rows])


def _row_of(option: OptionContent) -> dict[str, Any]:
    return {"code": option.id, "correct": option.correct, "text": option.text, "rationale": option.rationale}


def _fill(data: QueryDict, prefix: str, rows: list[dict[str, Any]]) -> None:
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        del data[name]
    data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = str(len(rows)), "0"
    for place, row in enumerate(rows):
        for name, value in row.items():
            if value:
                data[f"{prefix}-{place}-{name}"] = "on" if value is True else str(value)
        if prefix == "options":
            data[f"{prefix}-{place}-ORDER"] = str(place + 1)


def _points(question: Question) -> Any:
    return question.questionpoint_set.order_by("ordinal", "pk").values_list("point__code", flat=True)


def _ordered(rows: Any) -> list[tuple[int, int, OptionForm]]:
    """Return the rows of options with their sort keys: typed order and position in the post."""
    orders = (whole_number(str(row["ORDER"].value() or ""), _LAST) for row in rows.forms)
    return [(order, place, row) for place, (order, row) in enumerate(zip(orders, rows.forms, strict=True))]


def _options(rows: Any) -> list[tuple[OptionContent, OptionForm]]:
    """Return the options in order with their rows; a new option gets the first free letter as its code."""
    filled = []
    for order, place, row in _ordered(rows):
        value = {name: row[name].value() for name in row.fields}
        if value.get("DELETE") or not (str(value["text"] or "").strip() or str(value["rationale"] or "").strip()):
            continue
        filled.append((order, place, value, row))
    used = {value["code"] for _order, _place, value, _row in filled if value["code"]}
    free = (code for code in string.ascii_lowercase + string.digits if code not in used)
    used_codes: set[str] = set()
    results = []
    for _order, _place, value, row in sorted(filled, key=lambda item: item[:2]):
        code = value["code"] if value["code"] and value["code"] not in used_codes else next(free)
        used_codes.add(code)
        text, rationale = tidy(str(value["text"] or "")), tidy(str(value["rationale"] or ""))
        results.append((OptionContent(code, bool(value["correct"]), text, rationale), row))
    return results


def _still_accepted(question: Question, options: Sequence[OptionContent]) -> tuple[str, ...]:
    """Return the second answer that a ruling accepts, while the options and the key are those that it was about."""
    newest = newest_revision(question) if question.pk else None
    if newest is None or not newest.accepted:
        return ()
    before = content_of(newest)
    same = {(o.id, o.text, o.correct) for o in before.options} == {(o.id, o.text, o.correct) for o in options}
    return before.accepted if same else ()


def _references(rows: Any) -> list[Reference]:
    results = []
    for row in rows.forms:
        title, url = (str(row[name].value() or "").strip() for name in ("title", "url"))
        if title or url:
            results.append(Reference(title, url, _day(row["checked"].value())))
    return results


def _day(value: Any) -> str | None:
    try:
        return date.fromisoformat(str(value or "")).isoformat()
    except ValueError:
        return None
