"""Which questions of this database are nearly the same: one index a process, mended where a wording has changed.

Reading ten thousand questions anew takes seconds, and every save changes one of them. So the index knows the hash of
each wording that it holds, and only wordings with another hash are read again.
"""

import threading
from collections import defaultdict
from itertools import batched

from django.db.models import Exists, OuterRef, Q

from questions.content.schema import OptionContent, QuestionContent
from questions.content.similarity import SimilarQuestions
from questions.models import Enemy, Option, Question, Revision
from questions.services.stored import ASKED, AT_ONCE

_lock = threading.Lock()  # two requests must not mend the index at once
_index = SimilarQuestions(())
_known: dict[str, str] = {}  # hash of the wording in the index, by code


def others() -> SimilarQuestions:
    """All questions that are not retired, to look for near copies among."""
    with _lock:
        standing = _standing()
        old = [code for code, sha256 in _known.items() if standing.get(code, (0, ""))[1] != sha256]
        _index.drop(old)
        for code in old:
            del _known[code]
        new = {code: pk for code, (pk, sha256) in standing.items() if code not in _known}
        _index.put(draft for some in batched(new.items(), AT_ONCE) for draft in _texts(dict(some)))
        _known.update({code: standing[code][1] for code in new})
        return _index


def _standing() -> dict[str, tuple[int, str]]:
    """Key and hash of the wording of each question by its code: the published one where candidates meet it.

    A draft that was made beside an older enemy, as a copy is, stops nobody: it is itself compared when it is submitted.
    """
    copy = Q(Exists(Enemy.objects.filter(high=OuterRef("pk"))), status=Question.Status.DRAFT)
    rows = Question.objects.exclude(status=Question.Status.RETIRED).exclude(copy).order_by()
    questions = {pk: (code, status, current) for pk, code, status, current in
                 rows.values_list("pk", "code", "status", "current")}  # fmt: skip
    found: dict[str, tuple[int, str]] = {}
    for question, pk, sha256 in Revision.objects.order_by("number").values_list("question", "pk", "sha256"):
        if question in questions:
            code, status, current = questions[question]
            if status not in ASKED or current in (None, pk):
                found[code] = (pk, sha256)  # in order of number, so the newest stays
    return found


def _texts(wordings: dict[str, int]) -> list[QuestionContent]:
    """Stem and options of these wordings, by key, as drafts."""
    options: dict[int, list[OptionContent]] = defaultdict(list)
    of = list(wordings.values())
    for pk, code, text in Option.objects.filter(revision__in=of).order_by().values_list("revision", "code", "text"):
        options[pk].append(OptionContent(code, False, text))
    stems = dict(Revision.objects.filter(pk__in=of).order_by().values_list("pk", "stem"))
    return [QuestionContent(code, stems[pk], tuple(options[pk])) for code, pk in wordings.items() if pk in stems]
