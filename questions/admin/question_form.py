"""The form of a question: texts, options and references as rows, place and facts; any post becomes a draft.

`Writing` is three forms validated together. `draft()` reads what was typed, valid or not: lint, preview and
autosave work on half a question too.
"""

import json
import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import QueryDict

from questions.admin.fields import OptionForm, OptionFormSet, QuestionForm, ReferenceFormSet, codes_of, points_of
from questions.content.differences import part_digests
from questions.content.schema import (
    MULTIPLE_CHOICE,
    MULTIPLE_RESPONSE,
    OptionContent,
    QuestionContent,
    Reference,
    Waiver,
    tidy,
)
from questions.models import ExamDomain, Point, Question, RaterRating, Topic
from questions.services import search
from questions.services.editing import QuestionFacts, stored_content
from questions.services.links import enemy_codes

__all__ = ["Writing", "comparable", "initial", "opened", "points_of", "take"]


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

    @property
    def rows(self) -> list[OptionForm]:
        """The rows of options in the order in which they stand, each with its letter; one that goes has none."""
        rows = [row for _order, _place, row in sorted(_ordered(self.options), key=lambda each: each[:2])]
        letters = iter([*string.ascii_uppercase, *map(str, range(27, 99))])
        for row in rows:
            row.letter = "" if row["DELETE"].value() else next(letters)
        return rows

    def typed_options(self) -> list[tuple[OptionContent, OptionForm]]:
        """The options that were typed, in their order, each with its row."""
        return _options(self.options)

    @property
    def enemies(self) -> list[search.SearchResult]:
        """The questions whose codes stand in the field, with the beginning of their stems."""
        return search.by_codes(codes_of(str(self.form["enemies"].value() or "")))

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

    def draft(self) -> QuestionContent:
        """What was typed, as far as it can be read."""
        said: Mapping[str, Any] = {name: self.form[name].value() or "" for name in self.form.fields}
        options = tuple(option for option, _row in self.typed_options())
        topic = Topic.objects.filter(pk=said["topic"]).first() if str(said["topic"]).isdecimal() else None
        domain = (
            ExamDomain.objects.filter(pk=said["exam_domain"]).first() if str(said["exam_domain"]).isdecimal() else None
        )
        rating = self.question.rating or (int(said["rating"]) if str(said["rating"]).isdecimal() else None)
        return QuestionContent(
            id=self.question.code or said.get("code") or "new-question",
            status=self.question.status,
            task=topic.task.code if topic else None,
            topic=topic.slug if topic else None,
            exam_domain=None if topic or not domain else domain.number,
            points=tuple(self._in_order(said["points"])),
            kind=MULTIPLE_RESPONSE if sum(each.correct for each in options) > 1 else MULTIPLE_CHOICE,
            rating=rating,
            enemies=tuple(codes_of(str(said["enemies"]))),
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

    def _in_order(self, points: Iterable[str]) -> list[str]:
        """Points in the order that the question has them; the page lists them in the order of the syllabus."""
        if not self.question.pk:
            return list(points)
        had = list(_points(self.question))
        return sorted(points, key=lambda code: had.index(code) if code in had else len(had))

    def exam(self) -> str:
        """The exam whose syllabus the place is of."""
        for name, model, path in (("topic", Topic, "task__exam_domain__exam"), ("exam_domain", ExamDomain, "exam")):
            value = str(self.form[name].value() or "")
            if value.isdecimal() and (found := model.objects.filter(pk=value).values_list(path, flat=True).first()):
                return str(found)
        return ""

    def facts(self) -> QuestionFacts:
        """The valid facts."""
        said = self.form.cleaned_data
        by_code = {point.code: point for point in Point.objects.filter(code__in=said["points"])}
        return QuestionFacts(
            exam_domain=said["exam_domain"],
            topic=said["topic"],
            points=tuple(by_code[code] for code in self._in_order(said["points"])),
            enemies=said["enemies"],
            as_of=said["as_of"],
            license=said["license"],
            collection=said["collection"],
        )


def initial(question: Question, user: Any) -> dict[str, Any]:
    """What the forms say of a question as it is stored."""
    draft = stored_content(question) if question.pk else None
    rated = RaterRating.objects.filter(question=question, rater=user).first() if question.pk else None
    if not question.pk:
        last = Question.objects.filter(author=user).order_by("-pk").first()
        if last:
            question.collection, question.license = last.collection, last.license
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
        form |= {"points": list(_points(question)), "enemies": ", ".join(enemy_codes(question))}
    if draft is None:
        return {"form": form, "options": [], "references": []}
    form |= {"stem": draft.stem, "explanation": draft.explanation, "opened": opened(question, draft)}
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


def opened(question: Question, draft: QuestionContent) -> str:
    """What the page remembers of the parts it was made of, as JSON."""
    return json.dumps(part_digests(comparable(draft, enemy_codes(question))))


def comparable(draft: QuestionContent, named: Iterable[str]) -> QuestionContent:
    """A draft as the page says it: a file names a pair of enemies on one side only, the page on both."""
    return replace(draft, enemies=tuple(sorted(named)), rating=None, waivers=(), status="draft")


def take(data: QueryDict, question: Question, user: Any, taken: Collection[str]) -> None:
    """Replace what was typed by what is stored, for the parts taken (keys of `questions.content.differences`)."""
    theirs = initial(question, user)
    for name in ("stem", "explanation", "enemies", "as_of", "license", "collection"):
        if name in taken:
            data[name] = str(theirs["form"].get(name) or "")
    if "place" in taken:
        data["topic"], data["exam_domain"] = (str(theirs["form"][name] or "") for name in ("topic", "exam_domain"))
    if "points" in taken:
        data.setlist("points", theirs["form"]["points"])
    if "references" in taken:
        _fill(data, "references", theirs["references"])
    codes = {name.removeprefix("option-") for name in taken if name.startswith("option-")}
    if codes or "order" in taken:
        mine = {option.id: option for option, _row in _options(OptionFormSet(data, prefix="options"))}
        said = {each["code"]: each for each in theirs["options"]}
        kept = {code: _row_of(option) for code, option in mine.items() if code not in codes or code in said}
        rows = {**kept, **{code: said[code] for code in codes if code in said}}
        order = list(said) if "order" in taken else [*mine, *said]
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
    """The rows of options with what they are sorted by: the order typed, then the place in the post."""
    orders = (str(row["ORDER"].value() or "") for row in rows.forms)
    return [(int(order) if order.isascii() and order.isdigit() else 1000, place, row)
            for place, (order, row) in enumerate(zip(orders, rows.forms, strict=True))]  # fmt: skip


def _options(rows: Any) -> list[tuple[OptionContent, OptionForm]]:
    """The options of a post in their order, with their rows; a new one gets the first free letter as its code."""
    kept = []
    for order, place, row in _ordered(rows):
        value = {name: row[name].value() for name in row.fields}
        if value.get("DELETE") or not (str(value["text"] or "").strip() or str(value["rationale"] or "").strip()):
            continue
        kept.append((order, place, value, row))
    used = {value["code"] for _order, _place, value, _row in kept if value["code"]}
    free = (code for code in string.ascii_lowercase + string.digits if code not in used)
    seen: set[str] = set()
    found = []
    for _order, _place, value, row in sorted(kept, key=lambda each: each[:2]):
        code = value["code"] if value["code"] and value["code"] not in seen else next(free)
        seen.add(code)
        text, rationale = tidy(str(value["text"] or "")), tidy(str(value["rationale"] or ""))
        found.append((OptionContent(code, bool(value["correct"]), text, rationale), row))
    return found


def _references(rows: Any) -> list[Reference]:
    found = []
    for row in rows.forms:
        title, url = (str(row[name].value() or "").strip() for name in ("title", "url"))
        if title or url:
            found.append(Reference(title, url, _day(row["checked"].value())))
    return found


def _day(value: Any) -> str | None:
    try:
        return date.fromisoformat(str(value or "")).isoformat()
    except ValueError:
        return None
