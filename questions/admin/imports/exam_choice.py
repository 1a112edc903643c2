"""The exam of an import: the one that this person works for, or a choice."""

from questions.models import Blueprint, Collection, Question, User
from questions.services import stored_bank


def exam_titles() -> dict[str, str]:
    """Return the titles of the exams that have a syllabus, by code; "" where none of them is loaded."""
    blueprints = Blueprint.objects.by_syllabus()
    return {code: blueprints[code].exam.title if code in blueprints else "" for code in stored_bank.exam_codes()}


def chosen_exam(named: str, last: Question | None, user: User) -> str:
    """Return the exam to import for, "" if it has to be asked.

    It is the one that is named, else that of the last question that this person wrote or imported, else her own: the
    newest one that draws from a collection of hers, or from that of her last question if it has no exam domain. None of
    these is archived. A single exam is not asked for.
    """
    codes = stored_bank.exam_codes()
    if named in codes:
        return named
    in_use = list(Blueprint.objects.in_use())
    if last and last.syllabus in {row.exam.syllabus_code for row in in_use}:
        return last.syllabus
    unplaced = {last.collection} if last and not last.syllabus else set()
    hers = unplaced or set(Collection.objects.filter(owner=user).values_list("slug", flat=True))
    own = [row for row in in_use if hers.intersection(row.exam.collections)]
    if own:
        return max(own, key=lambda row: row.loaded_at).exam.syllabus_code
    return codes[0] if len(codes) == 1 else ""
