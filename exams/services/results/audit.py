"""Recounts what no single row can say: forms, deadlines, responses and stored scores of every attempt. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Sum

from exams.models import Allowance, Attempt, AttemptEvent, DomainResult, KeyRuling, Mode, Response, Rule
from exams.psychometrics import quotas
from exams.services.attempt import assembly
from exams.services.attempt.answering import TRAIL_LIMIT
from exams.services.results import rescoring, rulings, scoring
from questions.models import Enemy, Revision
from questions.models.immutability import missing_triggers
from questions.services.lifecycle import bank_version

CHUNK = 50  # attempts in memory at a time, each with its 65 responses
LATE = timedelta(seconds=60)  # an exam still open so long after its deadline was forgotten by the sweeper
LONG = timedelta(hours=1)  # a key ruling takes minutes, even with thousands of exams


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be, as a sentence; `attempt` is its uuid, or empty for the installation."""

    attempt: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Bank:
    """What holds for all attempts: the bank's version and the pairs of questions that may not meet."""

    version: int
    enemies: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything that is stored of one attempt."""

    attempt: Attempt
    responses: Sequence[Response]
    wordings: dict[int, Revision]
    rulings: dict[int, list[KeyRuling]]
    started: Sequence[AttemptEvent]
    granted: int  # minutes of all allowances
    logged: int  # minutes of all allowances by the log
    results: Sequence[DomainResult]
    reports: int


def differences(now: datetime) -> Iterator[Difference]:
    """All differences, installation first, then attempt by attempt; empty when all is well.

    The rows of an attempt are read one table after the other while somebody may be sitting it, so only what
    a second look confirms is told.
    """
    for trigger in missing_triggers():
        yield Difference("", f"The trigger {trigger} is missing: published wordings can be changed. Run migrate.")
    for ruling in KeyRuling.objects.filter(progress__finished__isnull=True, at__lt=now - LONG).order_by("pk"):
        yield Difference("", f"Key ruling {ruling.pk} is not carried out. Is the server with its sweeper running?")
    bank = Bank(bank_version(), tuple(Enemy.objects.values_list("low_id", "high_id")))
    last = 0
    while keys := list(Attempt.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        found = dict(_look(keys, bank, now))
        again = dict(_look(list(found), bank, now)) if found else {}
        for key, (uuid, sentences) in found.items():
            confirmed = again[key][1] if key in again else []
            yield from (Difference(uuid, sentence) for sentence in sentences if sentence in confirmed)
        last = keys[-1]


def _look(keys: Sequence[int], bank: Bank, now: datetime) -> Iterator[tuple[int, tuple[str, list[str]]]]:
    """The attempts among these that have differences, with uuid and sentences."""
    for papers in _read(keys):
        sentences = list(_sentences(papers, bank, now))
        if sentences:
            yield papers.attempt.pk, (str(papers.attempt.uuid), sentences)


def _sentences(papers: Papers, bank: Bank, now: datetime) -> Iterator[str]:
    for check in CHECKS:
        yield from check(papers)
    # Enemies named after a form was drawn are no fault of it, and what was in force then is not kept.
    if papers.attempt.form.bank_version == bank.version:
        yield from enemies(papers, bank.enemies)
    attempt = papers.attempt
    if attempt.status == Attempt.Status.OPEN and now > attempt.deadline + LATE:
        late = int((now - attempt.deadline).total_seconds())
        yield f"It is still open {late} s after its deadline. Is the server with its sweeper running?"


def _read(keys: Sequence[int]) -> Iterator[Papers]:
    """The papers of these attempts, in a constant number of queries."""
    # Status, report and the number of reports are read by one statement: a score that lands meanwhile is whole.
    attempts = Attempt.objects.filter(pk__in=keys).select_related("form__blueprint", "report")
    chunk = list(attempts.annotate(n_reports=Count("reports")).order_by("pk"))
    responses: dict[int, list[Response]] = defaultdict(list)
    for response in Response.objects.filter(attempt__in=keys).order_by("position"):
        responses[response.attempt_id].append(response)
    revisions = {response.revision_id for rows in responses.values() for response in rows}
    wordings = Revision.objects.only("question_id", "key", "choose", "n_options").in_bulk(revisions)
    rulings: dict[int, list[KeyRuling]] = defaultdict(list)
    for ruling in KeyRuling.objects.filter(revision__in=revisions):
        rulings[ruling.revision_id].append(ruling)
    started: dict[int, list[AttemptEvent]] = defaultdict(list)
    logged: dict[int, int] = defaultdict(int)
    for event in AttemptEvent.objects.filter(attempt__in=keys, kind__in=("started", "allowance")):
        if event.kind == "started":
            started[event.attempt_id].append(event)
        else:
            logged[event.attempt_id] += event.data.get("minutes", 0)
    sums = Allowance.objects.filter(attempt__in=keys).order_by().values_list("attempt").annotate(sum=Sum("minutes"))
    granted = dict(sums)
    results: dict[int, list[DomainResult]] = defaultdict(list)
    for result in DomainResult.objects.filter(report__in=[each.report_id for each in chunk if each.report_id]):
        results[result.report_id].append(result)
    for attempt in chunk:
        yield Papers(
            attempt=attempt,
            responses=responses[attempt.pk],
            wordings=wordings,
            rulings=rulings,
            started=started[attempt.pk],
            granted=granted.get(attempt.pk, 0),
            logged=logged[attempt.pk],
            results=results[attempt.report_id] if attempt.report_id else [],
            reports=attempt.n_reports,
        )


def plan(papers: Papers) -> Iterator[str]:
    """Is each response the one that the form planned for its place, and nothing planned or answered twice?"""
    planned, responses = papers.attempt.form.plan, papers.responses
    positions = [response.position for response in responses]
    if positions != list(range(1, len(planned) + 1)):
        yield f"The plan has {len(planned)} questions, the responses stand at {positions}."
        return
    for response, slot in zip(responses, planned, strict=True):
        found = {"revision": response.revision_id, "scored": response.scored}
        for name, value in found.items():
            if value != slot[name]:
                yield f"Question {response.position}: {name} is {value}, the plan says {slot[name]}."
    asked = Counter(papers.wordings[response.revision_id].question_id for response in responses)
    for question, times in asked.items():
        if times > 1:
            yield f"The question with id {question} was asked {times} times."


def pass_line(papers: Papers) -> Iterator[str]:
    """Is the form's kappa the sum of the ratings that were frozen?"""
    form = papers.attempt.form
    ratings = sum(response.rating for response in papers.responses if response.scored)
    if ratings != form.kappa_100:
        yield f"The ratings of the scored questions sum to {ratings}, the form says {form.kappa_100}."
    if form.rule == Rule.RATING and form.kappa * 100 != form.kappa_100:
        yield f"The form's kappa is {form.kappa}, its ratings make {form.kappa_100 / 100:.2f}."


def counts(papers: Papers) -> Iterator[str]:
    """Has an exam as many scored and unscored questions of each exam domain as its blueprint's weights give?"""
    if papers.attempt.mode != Mode.EXAM:
        return
    form, exam = papers.attempt.form, papers.attempt.form.blueprint.exam
    weights = {domain.number: domain.weight for domain in exam.exam_domains}
    for scored, name, total, stored in (
        (True, "scored", exam.scored, form.n_scored),
        (False, "unscored", exam.unscored, form.n_unscored),
    ):
        rows = [response for response in papers.responses if response.scored == scored]
        if not len(rows) == total == stored:
            yield f"There are {len(rows)} {name} responses, the form says {stored}, the blueprint {total}."
        found = Counter(response.exam_domain for response in rows)
        wanted = quotas.split(total, weights)
        for number in sorted(found.keys() | wanted.keys()):
            if found[number] != wanted.get(number, 0):
                want = wanted.get(number, 0)
                yield f"Exam domain {number} has {found[number]} {name} questions, the weights give it {want}."


def enemies(papers: Papers, pairs: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Do two questions meet that give each other away?"""
    asked = {papers.wordings[response.revision_id].question_id for response in papers.responses}
    for low, high in pairs:
        if low in asked and high in asked:
            yield f"The questions with ids {low} and {high} are enemies and stand on one form."


def times(papers: Papers) -> Iterator[str]:
    """Is the deadline the start, the minutes of the log and those granted since; and the end between the two?"""
    attempt = papers.attempt
    if papers.logged != papers.granted:
        yield f"{papers.granted} minutes were granted, the log says {papers.logged}."
    if attempt.mode == Mode.EXAM:
        if len(papers.started) != 1:
            yield f"The log says {len(papers.started)} times that it was started."
            return
        logged = papers.started[0]
        if logged.at != attempt.started_at:
            yield f"It started at {attempt.started_at}, the log says {logged.at}."
        minutes = logged.data.get("minutes", 0) + papers.granted
        if attempt.deadline != attempt.started_at + timedelta(minutes=minutes):
            yield f"The deadline is {attempt.deadline}, {minutes} minutes from the start were given."
    if attempt.submitted_at and not attempt.started_at <= attempt.submitted_at <= attempt.deadline:
        yield f"It ended at {attempt.submitted_at}, outside of its time."
    if attempt.closed_by == Attempt.ClosedBy.TIME and attempt.submitted_at != attempt.deadline:
        yield f"Time closed it at {attempt.submitted_at}, the deadline is {attempt.deadline}."


def frozen(papers: Papers) -> Iterator[str]:
    """Do the frozen facts of each response agree with its wording, or with a ruling on it?"""
    settled = papers.attempt.status == Attempt.Status.SCORED and not _being_ruled(papers)
    for response in papers.responses:
        wording, ruled = papers.wordings[response.revision_id], papers.rulings.get(response.revision_id, [])
        place = f"Question {response.position}"
        if response.key not in {wording.key, *(ruling.new_key for ruling in ruled)}:
            yield f"{place}: the key is {response.key}, the wording says {wording.key} and no ruling changed it."
        if response.withdrawn and not any(ruling.withdrawn for ruling in ruled):
            yield f"{place}: it is withdrawn, but no ruling withdrew it."
        last = rulings.newest(ruled).get(response.revision_id)
        if settled and last and (response.key, response.withdrawn) != (last.key, last.withdrawn):
            yield f"{place}: ruling {last.last} on it is carried out, but not here."
        if response.choose != wording.choose:
            yield f"{place}: it takes {response.choose} answers, the wording says {wording.choose}."
        if response.full != wording.full:
            yield f"{place}: all its bits are {response.full}, the wording has {wording.full}."
        if sorted(response.order) != list(assembly.DIGITS[: wording.n_options]):
            yield f"{place}: the order {response.order!r} is not one of its {wording.n_options} options."


def answers(papers: Papers) -> Iterator[str]:
    """Was each answer possible, and is it the last of the changes that were saved?"""
    for response in papers.responses:
        place = f"Question {response.position}"
        if response.ticked.bit_count() > response.choose:
            yield f"{place}: {response.ticked.bit_count()} options are ticked, it takes {response.choose}."
        if len(response.trail) < TRAIL_LIMIT:
            saves = [step.partition("@")[0] for step in response.trail.split(";")[:-1]]
            if len(saves) != response.version:
                yield f"{place}: its version is {response.version}, the changes noted make {len(saves)}."
            if response.ticked != int(saves[-1] if saves else 0):
                yield f"{place}: {response.ticked} is ticked, but the last change noted was {saves[-1:] or 'none'}."


def score(papers: Papers) -> Iterator[str]:
    """Is the stored score what the responses are worth, field by field?"""
    attempt, report = papers.attempt, papers.attempt.report
    if report is None:
        if papers.reports:
            yield f"It has a score report, but its status is {attempt.status}."
        return
    if report.attempt_id != attempt.pk:
        yield f"Its score report number {report.pk} belongs to another attempt."
        return
    if _being_ruled(papers) or _keeps_its_report(papers):
        return
    try:
        due = scoring.figures(papers.responses, attempt.form.rule, scoring.scale_of(attempt))
    except ValueError as error:
        yield f"It is scored, but its responses cannot be: {error}"
        return
    pass_mark = scoring.scale_of(attempt).passing
    for name, stored, computed in scoring.unlike(report, papers.results, due, pass_mark):
        yield f"The score report says {name} {stored}, the responses make {computed}."


def _being_ruled(papers: Papers) -> bool:
    """Is a key ruling on this attempt at work? Its responses are changed before its report is."""
    return any("finished" not in ruling.progress for ruled in papers.rulings.values() for ruling in ruled)


def _keeps_its_report(papers: Papers) -> bool:
    """Did rulings withdraw so many of its questions that the report of before stands?"""
    counted = [response for response in papers.responses if response.scored and not response.withdrawn]
    withdrawn = any(response.scored and response.withdrawn for response in papers.responses)
    return withdrawn and rescoring.too_few(papers.attempt, len(counted))


CHECKS: tuple[Callable[[Papers], Iterator[str]], ...] = (plan, pass_line, counts, times, frozen, answers, score)
