"""Which facts decide how exams draw a question, and who may change them. Reads only.

Exams draw by collection, exam domain, topic and enemies. A change of these needs no wording, so nobody would review it:
of a question that candidates get, only those who may approve questions change them.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from questions.content.schema import ASKABLE_STATUSES
from questions.models import Question, User
from questions.services.authorship import APPROVE

DRAWING_FACTS = frozenset({"collection", "exam_domain", "topic", "enemies"})


def refusal(question: Question, changed: Collection[str], by: User) -> str:
    """Return why this user may not change these facts, by name, or an empty string. `question` has its old values."""
    if by.has_perm(APPROVE) or not DRAWING_FACTS & set(changed):
        return ""
    if question.status in ASKABLE_STATUSES:
        return _("Candidates get this question. Only a reviewer changes its collection, exam domain, topic or enemies.")
    if question.origin == Question.Origin.SHIPPED and "collection" in changed:
        return _("This question belongs to the shipped bank. Only a reviewer changes its collection.")
    return ""


def shipped_collections() -> set[str]:
    """Return the collections that the files of the shipped bank name, whatever was changed here since."""
    shipped = Question.objects.filter(origin=Question.Origin.SHIPPED, base__collection__isnull=False).order_by()
    return set(shipped.values_list("base__collection", flat=True).distinct())


def collection_refusal(question: Question, collection: str, by: User) -> str:
    """Return why this user may not put a local question into a collection, or an empty string."""
    is_local = question.origin == Question.Origin.LOCAL
    if is_local and not by.has_perm(APPROVE) and collection in shipped_collections():
        message = _("The collection %(name)s belongs to the shipped bank. Choose another one, such as local.")
        return message % {"name": collection}
    return ""
