"""Grades of a class: from which score on which grade is given, as an instructor types them, such as '90 A, 75 B'."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from questions.content.blueprint import Scale

MAX_GRADES, MAX_GRADE_CHARS, MAX_TEXT_CHARS = 20, 20, 200
_BAND = re.compile(r"(?:(\d{1,6})\s*%?\s+(\S.*)|(\S.*?)\s+(\d{1,6})\s*%?)\Z")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade that is given from this score on, until the next one begins."""

    score: int
    name: str


def read(text: str, scale: Scale) -> list[Grade]:
    """Return the grades in a text, the highest first. Raise ValueError with a sentence."""
    grades: dict[int, Grade] = {}
    for typed in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        found = _BAND.match(typed)
        if not found:
            raise ValueError(_("'%s' is no grade. Write a score and a grade, such as '90 A, 75 B'.") % typed[:40])
        score, name = int(found[1] or found[4]), found[2] or found[3]
        if not scale.min <= score <= scale.max:
            values = {"score": score, "low": scale.min, "high": scale.max}
            raise ValueError(_("%(score)d is not a score of this exam: from %(low)d to %(high)d.") % values)
        if len(name) > MAX_GRADE_CHARS:
            raise ValueError(_("The grade '%s' is too long: at most 20 characters.") % name[:MAX_GRADE_CHARS])
        if score in grades:
            raise ValueError(_("Two grades begin at %d. Keep one.") % score)
        grades[score] = Grade(score, name)
    if len(grades) > MAX_GRADES:
        raise ValueError(_("Enter at most 20 grades."))
    return sorted(grades.values(), key=lambda grade: -grade.score)


def grade_of(score: int | None, grades: list[Grade]) -> str:
    """Return the grade for a score as reported, "" below the lowest one or without a score."""
    if score is None:
        return ""
    return next((grade.name for grade in grades if score >= grade.score), "")
