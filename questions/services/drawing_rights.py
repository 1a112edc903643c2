"""Who may change what decides how exams draw a question. Reads only.

Exams draw by collection, exam domain, topic and enemies. A change of these needs no wording, so nobody would review it:
of a question that candidates get, only those who may approve questions change them.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from questions.content.parts import DRAWN, members
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Blueprint, Question, User
from questions.services.authorship import APPROVE

LOCAL_COLLECTION = "local"  # of questions that were written or imported here, unless their author names another one
_DRAWN_FIELDS = frozenset(field.name for name in DRAWN for field in members(name))


def refusal(question: Question, changed: Collection[str], by: User) -> str:
    """Return why this user may not change these fields, by name, or an empty string. `question` has its old values."""
    if by.has_perm(APPROVE) or not _DRAWN_FIELDS & set(changed):
        return ""
    if question.status in ASKABLE_STATUSES:
        return _("Candidates get this question. Only a reviewer changes where it is drawn and what it must not meet.")
    if question.origin == Question.Origin.SHIPPED and "collection" in changed:
        return _("This question belongs to the shipped bank. Only a reviewer changes its collection.")
    return ""


def shipped_collections() -> set[str]:
    """Return the collections that the files of the shipped bank name, whatever was changed here since."""
    shipped = Question.objects.filter(origin=Question.Origin.SHIPPED, base__collection__isnull=False).order_by()
    return set(shipped.values_list("base__collection", flat=True).distinct())


def collection_for(exam: str, last: Question | None) -> str:
    """Return the collection that new questions of this exam begin with: that of the author's last question of this
    exam, else one that an exam made here draws from, else `local`.
    """
    blueprint = Blueprint.objects.current(exam)
    drawn = blueprint.exam.collections if blueprint else ()
    if last and (last.syllabus == exam or (not last.syllabus and last.collection in drawn)):
        return last.collection
    if blueprint and blueprint.origin == Blueprint.Origin.LOCAL:
        shipped = shipped_collections()
        return next((name for name in blueprint.exam.collections if name not in shipped), LOCAL_COLLECTION)
    return LOCAL_COLLECTION


def closed_collections(*, approves: bool) -> set[str]:
    """Return the collections to which this person adds no question: those of the shipped bank, without approving."""
    return set() if approves else shipped_collections()


def closed_sentence(collection: str) -> str:
    """Return why a collection is closed, and what to do."""
    text = _("The collection %(name)s belongs to the shipped bank. Choose another one, such as local.")
    return text % {"name": collection}
