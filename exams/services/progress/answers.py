"""Read the answers of a candidate that count: what mastery, confidence, practice and repetition rest on."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Response
from exams.psychometrics.rapid_guesses import is_rapid_guess, least_seconds
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.progress.driver_rows import driver_rows, moment
from exams.services.results.missed import ANSWERED_AT, counted_responses
from exams.services.results.report import is_hasty, n_unanswered
from exams.services.results.slow_questions import share
from questions.models import Revision
from questions.services.bank_version import bank_version


class Answer(NamedTuple):
    """One shown question with its answer. `revision` is the number of the wording; `ticked` is 0 without an answer.

    `syllabus` is that of the exam that asked the question, to which `exam_domain` belongs. `seconds` is how long it was
    on the screen in practice, 0 in an exam. `exam` is the key of the attempt of an exam, 0 in practice. `is_rapid` is
    whether it was given faster than its question can be read, in an exam of which the score says little for that: it is
    no evidence of what the candidate knows.
    """

    question: int
    revision: int
    syllabus: str
    topic: int | None
    exam_domain: int
    rating: int
    ticked: int
    correct: bool
    confidence: int | None
    flagged: bool
    at: datetime
    seconds: int = 0
    exam: int = 0
    is_rapid: bool = False


# The answers of closed attempts, which no longer change, by the version of the bank, the attempt and its end, as the
# database driver has them. A key ruling raises the version when it has reached all responses, and an exam that was
# reopened has another end.
_closed: dict[tuple[int, UUID | str, str, datetime | str | None], list[Answer]] = {}
MAX_ATTEMPTS = 2000  # then it is emptied: of 65 answers each, they take 25 MB
# Where questions are, by the version of the bank and the wording.
_place_of: dict[tuple[int | None, int], tuple[Any, ...]] = {}
MAX_PLACES = 50_000  # then it is emptied: they take 15 MB


def past_answers(candidate: int, questions: Collection[int] | None = None) -> list[Answer]:
    """Return the answers of a candidate that count, to these questions if given, in their order: two queries.

    Of all questions, what this process has read of closed attempts is not read again: two queries for what there is,
    two more for new attempts and open practice, and one more with exams of a class.
    """
    if questions is not None:
        by_attempt = _read(counted_responses([candidate]).filter(revision__question__in=questions))
        return _in_time([answer for _attempt, rows in sorted(by_attempt.items()) for answer in rows])
    version = bank_version()
    attempts = driver_rows(
        Attempt.objects.filter(pk__in=Attempt.objects.studied([candidate]).values("pk"))
        .order_by("pk")
        .exclude(mode=Mode.EXAM, status=Attempt.Status.OPEN)
        .values_list("pk", "uuid", "status", "submitted_at", "sitting", _syllabus())
    )
    syllabuses = {pk: syllabus for pk, *_state, syllabus in attempts}
    in_class = [pk for pk, *_state, sitting, _exam in attempts if sitting]
    opened = _disclosed(in_class) if in_class else set()
    keys = {
        pk: (version, uuid, status, submitted_at)
        for pk, uuid, status, submitted_at, sitting, _exam in attempts
        if sitting is None or pk in opened
    }
    known = {pk: found for pk, key in keys.items() if (found := _closed.get(key)) is not None}
    if unread := keys.keys() - known:
        read = _read(counted_responses([candidate]).filter(attempt__in=unread), syllabuses, version)
        closed = {keys[pk]: read.get(pk, []) for pk in unread if keys[pk][2] != Attempt.Status.OPEN}
        if len(_closed) + len(closed) > MAX_ATTEMPTS:
            _closed.clear()
        _closed.update(closed)
        known |= read
    return _in_time([answer for pk in keys for answer in known.get(pk, ())])


def _disclosed(attempts: Collection[int]) -> set[int]:
    rows = Attempt.objects.filter(pk__in=attempts).disclosed(timezone.now())
    return set(rows.order_by().values_list("pk", flat=True))


def _in_time(answers: list[Answer]) -> list[Answer]:
    """Sort answers that are in the order of their rows by time."""
    return sorted(answers, key=attrgetter("at"))


def _syllabus(path: str = "") -> Coalesce:
    """Return an expression: the code of the syllabus of an attempt at this path."""
    own = NullIf(KeyTextTransform("syllabus", f"{path}form__blueprint__spec"), Value("null"))  # the text of SQLite
    return Coalesce(own, f"{path}blueprint_code", output_field=TextField())


def _read(
    responses: QuerySet[Response], syllabuses: Mapping[int, str] | None = None, version: int | None = None
) -> dict[int, list[Answer]]:
    """Return the answers of these responses by attempt, in the order of their rows: two queries.

    `syllabuses` are those of the attempts; without them, they are read with each response. At a `version` of the bank,
    the second query leaves out the wordings that this process knows.
    """
    columns = "revision", "exam_domain", "rating", "ticked", "correct", "confidence", "flagged"
    times = "attempt__started_at", "attempt__submitted_at", "attempt__deadline"
    exam = Value("") if syllabuses else _syllabus("attempt__")
    n_questions = F("attempt__form__n_scored") + F("attempt__form__n_unscored")
    rows = driver_rows(
        responses.annotate(answered_at=ANSWERED_AT, exam=exam)
        .order_by("pk")
        .values_list(
            *("seconds", "attempt", "attempt__mode", "answered_at", "exam", *columns, *times),
            *(n_questions, n_unanswered("attempt__"), "attempt__report__n"),
        )
    )
    places = _places({row[5] for row in rows}, version)
    least = _least_seconds({row[1]: row[12:] for row in rows if row[0] and row[2] == Mode.EXAM})  # counted by a browser
    answers: dict[int, list[Answer]] = {}
    for row in rows:
        seconds, attempt, mode, at, exam, revision, domain, rating, ticked, correct, confidence, flagged = row[:12]
        question, number, topic = places[revision]
        place = (question, number, syllabuses[attempt] if syllabuses else exam, topic, domain)
        is_rapid = is_rapid_guess(ticked, seconds, least.get(attempt, 0))
        by_mode = (seconds, 0) if mode == Mode.PRACTICE else (0, attempt, is_rapid)
        given = (rating, ticked, bool(correct), confidence, bool(flagged))
        answers.setdefault(attempt, []).append(Answer(*place, *given, moment(at), *by_mode))
    return answers


def _least_seconds(attempts: Mapping[int, Sequence[Any]]) -> dict[int, float]:
    """Return from how many seconds on answers count, for each exam that was answered faster than it can be read.

    Each attempt has its start, end and deadline, the number of its questions, how many of the scored ones were left
    open, and how many these are: null until it has a score.
    """
    least = {}
    for attempt, (began, ended, deadline, questions, unanswered, scored) in attempts.items():
        given = moment(deadline) - moment(began)
        if scored and is_hasty(moment(ended) - moment(began), given, unanswered, scored):
            least[attempt] = least_seconds(share(given, questions))
    return least


def _places(revisions: Collection[int], version: int | None) -> Mapping[int, tuple[Any, ...]]:
    """Return question, number and topic of these wordings: one query for those that are not known.

    Joined to each response, this would take most of the time of the page.
    """
    places = {pk: place for pk in revisions if (place := _place_of.get((version, pk)))}
    if unknown := [pk for pk in revisions if pk not in places]:
        columns = ("question", "number", "question__topic")
        found = Revision.objects.filter(pk__in=unknown).values_list("pk", *columns)
        read = {pk: tuple(place) for pk, *place in found}
        if version is not None:
            if len(_place_of) + len(read) > MAX_PLACES:
                _place_of.clear()
            _place_of.update({(version, pk): place for pk, place in read.items()})
        places |= read
    return places


def disclosed_answers(candidate: Candidate, syllabus: str, beside: Collection[int] = ()) -> list[Answer]:
    """Return the answers to questions of a syllabus, in their order.

    Those of `past_answers` and one query, three while an exam is open: its questions and their enemies are left out,
    also those of the candidates `beside` (the guest of the same browser), because whether an earlier answer was right
    tells the key.
    """
    return disclosed(past_answers(candidate.pk), syllabus, hidden_from([candidate.pk, *beside]))


def disclosed(answers: Iterable[Answer], syllabus: str, hidden: Container[int]) -> list[Answer]:
    """Return the answers to questions of a syllabus that are not hidden, in their order."""
    return [answer for answer in answers if answer.syllabus == syllabus and answer.question not in hidden]
