"""Grades of a class: from which score on which grade is given, as an instructor types them, one a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exams.models import Attempt, Sitting
from questions.content.blueprint import Scale
from questions.models import User

MAX_GRADES, MAX_GRADE_CHARS, MAX_TEXT_CHARS = 20, 20, 200
_BAND = re.compile(r"(?:(\d{1,6})\s*%?\s+(\S.*)|(\S.*?)\s+(\d{1,6})\s*%?)\Z")
_DECIMAL = re.compile(r"(?:\d+\s*%?\s+\d+,\d+|\d+,\d+\s+\d+\s*%?)\Z")  # a grade such as 1,3


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade that is given from this score on, until the next one begins."""

    score: int
    name: str


class GradeFaultsError(ValueError):
    """A text is no list of grades. `sentences` has one for each fault."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def read(text: str, scale: Scale) -> list[Grade]:
    """Return the grades in a text, the highest first. Raise GradeFaultsError with all faults.

    They stand on lines, or are separated by semicolons, or by commas that are not those of a decimal.
    """
    grades: dict[int, Grade] = {}
    faults = []
    for typed in _parts(text):
        found = _BAND.match(typed)
        if not found:
            fault = _("'%s' is no grade. Write a score and a grade on each line, such as '90 A' or '92 1,3'.")
            faults.append(fault % typed[:40])
            continue
        score, name = int(found[1] or found[4]), found[2] or found[3]
        if not scale.min <= score <= scale.max:
            values = {"score": score, "low": scale.min, "high": scale.max}
            faults.append(_("%(score)d is not a score of this exam: from %(low)d to %(high)d.") % values)
        if len(name) > MAX_GRADE_CHARS:
            faults.append(_("The grade '%s' is too long: at most 20 characters.") % name[:MAX_GRADE_CHARS])
        if score in grades:
            faults.append(_("Two grades begin at %d. Keep one.") % score)
        grades[score] = Grade(score, name)
    if len(grades) > MAX_GRADES:
        faults.append(_("Enter at most 20 grades."))
    if faults:
        raise GradeFaultsError(faults)
    return sorted(grades.values(), key=lambda grade: -grade.score)


def _parts(text: str) -> Iterator[str]:
    for line in map(str.strip, re.split(r"[;\n]", text)):
        parts = [line] if _DECIMAL.match(line) else map(str.strip, line.split(","))
        yield from filter(None, parts)


def grade_of(score: int | None, grades: list[Grade]) -> str:
    """Return the grade for a score as reported, "" below the lowest one or without a score."""
    if score is None:
        return ""
    return next((grade.name for grade in grades if score >= grade.score), "")


def band_across_the_pass_mark(grades: list[Grade], pass_mark: int) -> Grade | None:
    """Return the grade that passed and failed exams can both have, or else the lowest one if it is above the mark.

    None if a grade begins at the pass mark, or there are none.
    """
    if not grades or any(grade.score == pass_mark for grade in grades):
        return None
    return next((grade for grade in grades if grade.score < pass_mark), grades[-1])


def shown_grade(attempt: Attempt) -> str:
    """Return the grade of the class, where candidates see theirs; "" elsewhere."""
    if attempt.sitting is None or attempt.report is None or not attempt.sitting.shows_grades:
        return ""
    return grade_of(attempt.report.scaled, of_sitting(attempt.sitting))


def of_sitting(sitting: Sitting) -> list[Grade]:
    """Return the grades of a class, the highest first."""
    return read(sitting.grades, sitting.blueprint.exam.scale)


def last_of(owner: User, scale: Scale) -> str:
    """Return the grades of the newest exam for a class of this instructor, one a line; "" if none fit the scale."""
    rows = Sitting.objects.filter(owner=owner).exclude(grades="").order_by("-pk")
    text = rows.values_list("grades", flat=True).first() or ""
    try:
        return "\n".join(f"{grade.score} {grade.name}" for grade in read(text, scale))
    except GradeFaultsError:
        return ""
