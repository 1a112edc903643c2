"""The near-duplicate index of the questions in this database, one for each process.

Reading ten thousand questions takes seconds, and every save changes one of them. So the index records the hash of each
wording, and reads only wordings whose hash has changed.
"""

import threading
from collections import defaultdict
from itertools import batched

from django.db.models import Exists, OuterRef, Q

from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import PUBLISHED_STATUSES, OptionContent, QuestionContent
from questions.models import Enemy, Option, Question, Revision
from questions.services.query_limits import ROWS_PER_QUERY

_lock = threading.Lock()  # two requests must not update the index concurrently
_index = NearDuplicateIndex()
_indexed: dict[str, str] = {}  # hash of the indexed wording, by code


def index() -> NearDuplicateIndex:
    """Return the up-to-date index of all questions that are not retired."""
    with _lock:
        wordings = _current_wordings()
        outdated = [code for code, sha256 in _indexed.items() if wordings.get(code, (0, ""))[1] != sha256]
        _index.drop(outdated)
        for code in outdated:
            del _indexed[code]
        missing = {code: pk for code, (pk, sha256) in wordings.items() if code not in _indexed}
        _index.put(content for batch in batched(missing.items(), ROWS_PER_QUERY) for content in _read(dict(batch)))
        _indexed.update({code: wordings[code][1] for code in missing})
        return _index


def _current_wordings() -> dict[str, tuple[int, str]]:
    """Return key and hash of the wording of each question by its code: the published wording if candidates meet it.

    A draft with an older enemy, such as a copy, is left out: it is compared when it is submitted.
    """
    copy = Q(Exists(Enemy.objects.filter(high=OuterRef("pk"))), status=Question.Status.DRAFT)
    rows = Question.objects.exclude(status=Question.Status.RETIRED).exclude(copy).order_by()
    questions = {
        pk: (code, status, current) for pk, code, status, current in rows.values_list("pk", "code", "status", "current")
    }
    wordings: dict[str, tuple[int, str]] = {}
    for question, pk, sha256 in Revision.objects.order_by("number").values_list("question", "pk", "sha256"):
        if question in questions:
            code, status, current = questions[question]
            if status not in PUBLISHED_STATUSES or current in (None, pk):
                wordings[code] = (pk, sha256)  # ordered by number, so the newest wins
    return wordings


def _read(wordings: dict[str, int]) -> list[QuestionContent]:
    """Return stem and options of these revisions, given by code."""
    options: dict[int, list[OptionContent]] = defaultdict(list)
    keys = list(wordings.values())
    for pk, code, text in Option.objects.filter(revision__in=keys).order_by().values_list("revision", "code", "text"):
        options[pk].append(OptionContent(code, False, text))
    stems = dict(Revision.objects.filter(pk__in=keys).order_by().values_list("pk", "stem"))
    return [QuestionContent(code, stems[pk], tuple(options[pk])) for code, pk in wordings.items() if pk in stems]
