"""Audit every attempt: recompute what spans several rows, such as form, deadline, responses and score. Read only."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from operator import attrgetter, itemgetter

from django.db.models import Count, Q, Sum, prefetch_related_objects

from exams.models import Allowance, Attempt, AttemptEvent, DomainResult, KeyRuling, Mode, PassLineRule, Response
from exams.psychometrics import quotas, scaling
from exams.services.attempt import standing
from exams.services.attempt.answering import MAX_TRAIL_CHARS
from exams.services.attempt.effective_keys import effective_keys, frozen_columns
from exams.services.attempt.question_pool import ORDER_DIGITS
from exams.services.results import figures, rescoring, score_reports
from questions.models import Enemy, History, Revision
from questions.models.immutability import missing_triggers
from questions.services.bank_version import bank_version

ATTEMPTS_PER_CHUNK = 50  # in memory at a time, each with its responses
MAX_CLOSE_DELAY = timedelta(seconds=60)  # after the deadline; the sweeper closes attempts within seconds
MOVES = ("rescheduled", "continued", "reopened")  # events that say how the deadline was moved
PRACTICE_STATUSES = (Attempt.Status.OPEN, Attempt.Status.SUBMITTED)
MAX_RULING_DURATION = timedelta(hours=1)  # a key ruling takes minutes, even with thousands of exams


@dataclass(frozen=True, slots=True)
class AuditDifference:
    """One inconsistency, as a sentence. `attempt` is a UUID, or "" for the installation."""

    attempt: str
    sentence: str


@dataclass(frozen=True, slots=True)
class BankState:
    """The version of the bank, and the pairs of questions that must not be in one form."""

    version: int
    enemies: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """The stored rows of one attempt."""

    attempt: Attempt
    responses: Sequence[Response]
    revisions: dict[int, Revision]
    rulings: dict[int, list[KeyRuling]]
    accepted: dict[int, set[int]]  # second answers of the revisions, now and earlier
    started: Sequence[AttemptEvent]
    rescheduled: Sequence[AttemptEvent]
    granted_minutes: int  # by the allowances
    logged_minutes: int  # by the log
    results: Sequence[DomainResult]
    n_reports: int


def differences(now: datetime) -> Iterator[AuditDifference]:
    """Yield all differences: the installation first, then attempt by attempt.

    The tables of an attempt are read one after the other while the candidate may change it, so only differences
    that a second read confirms are reported.
    """
    for trigger in missing_triggers():
        yield AuditDifference(
            "", f"The trigger {trigger} is missing, so published revisions can be changed. Run migrate."
        )
    overdue = KeyRuling.objects.filter(progress__finished__isnull=True, at__lt=now - MAX_RULING_DURATION)
    for ruling in overdue.order_by("pk"):
        yield AuditDifference("", f"Key ruling {ruling.pk} is not complete. Check that the sweeper is running.")
    bank = BankState(bank_version(), tuple(Enemy.objects.values_list("low_id", "high_id")))
    last_pk = 0
    all_keys = Attempt.objects.order_by("pk").values_list("pk", flat=True)
    while keys := list(all_keys.filter(pk__gt=last_pk)[:ATTEMPTS_PER_CHUNK]):
        first = dict(_audit(keys, bank, now))
        second = dict(_audit(list(first), bank, now)) if first else {}
        for key, (uuid, sentences) in first.items():
            confirmed = second[key][1] if key in second else []
            yield from (AuditDifference(uuid, sentence) for sentence in sentences if sentence in confirmed)
        last_pk = keys[-1]


def _audit(keys: Sequence[int], bank: BankState, now: datetime) -> Iterator[tuple[int, tuple[str, list[str]]]]:
    """Yield pk, UUID and sentences of the attempts with differences."""
    for record in _read(keys):
        sentences = list(_sentences(record, bank, now))
        if sentences:
            yield record.attempt.pk, (str(record.attempt.uuid), sentences)


def _sentences(record: AttemptRecord, bank: BankState, now: datetime) -> Iterator[str]:
    for check in CHECKS:
        yield from check(record)
    # Enemies added after a form was drawn are no fault of it, and earlier enemies are not stored.
    if record.attempt.form.bank_version == bank.version:
        yield from check_enemies(record, bank.enemies)
    attempt = record.attempt
    if (
        attempt.status == Attempt.Status.OPEN
        and now > attempt.deadline + MAX_CLOSE_DELAY
        and not standing.reason(attempt, now)
    ):
        seconds = int((now - attempt.deadline).total_seconds())
        yield f"It is still open {seconds} s after its deadline. Check that the sweeper is running."


def _read(keys: Sequence[int]) -> Iterator[AttemptRecord]:
    """Read these attempts in a constant number of queries."""
    # One statement reads status, report and number of reports, so that a concurrent score is complete.
    attempts = Attempt.objects.filter(pk__in=keys).select_related("form__blueprint", "form__scale", "report", "sitting")
    counted = Count("reports", filter=~Q(reports__cause=score_reports.REOPENED))
    chunk = list(attempts.annotate(n_reports=counted).order_by("pk"))
    responses: dict[int, list[Response]] = defaultdict(list)
    for response in Response.objects.filter(attempt__in=keys).order_by("position"):
        responses[response.attempt_id].append(response)
    revision_ids = {response.revision_id for rows in responses.values() for response in rows}
    columns = Revision.objects.only("question_id", "key", "choose", "n_options", "accepted")
    revisions = columns.in_bulk(revision_ids)
    rulings: dict[int, list[KeyRuling]] = defaultdict(list)
    for ruling in KeyRuling.objects.filter(revision__in=revision_ids):
        rulings[ruling.revision_id].append(ruling)
    seconds = {response.revision_id for rows in responses.values() for response in rows if response.also}
    seconds |= {pk for pk, revision in revisions.items() if revision.accepted}
    accepted = _accepted([revisions[pk] for pk in seconds - rulings.keys()])
    started: dict[int, list[AttemptEvent]] = defaultdict(list)
    rescheduled: dict[int, list[AttemptEvent]] = defaultdict(list)
    logged_minutes: dict[int, int] = defaultdict(int)
    for event in AttemptEvent.objects.filter(attempt__in=keys, kind__in=("started", "allowance", *MOVES)):
        if event.kind == "started":
            started[event.attempt_id].append(event)
        elif event.kind in MOVES:
            rescheduled[event.attempt_id].append(event)
        else:
            logged_minutes[event.attempt_id] += event.data.get("minutes", 0)
    sums = Allowance.objects.filter(attempt__in=keys).order_by().values_list("attempt").annotate(sum=Sum("minutes"))
    granted_minutes = dict(sums)
    results: dict[int, list[DomainResult]] = defaultdict(list)
    for result in DomainResult.objects.filter(report__in=[attempt.report_id for attempt in chunk if attempt.report_id]):
        results[result.report_id].append(result)
    for attempt in chunk:
        yield AttemptRecord(
            attempt=attempt,
            responses=responses[attempt.pk],
            revisions=revisions,
            rulings=rulings,
            accepted=accepted,
            started=started[attempt.pk],
            rescheduled=rescheduled[attempt.pk],
            granted_minutes=granted_minutes.get(attempt.pk, 0),
            logged_minutes=logged_minutes[attempt.pk],
            results=results[attempt.report_id] if attempt.report_id else [],
            n_reports=attempt.n_reports,
        )


def _accepted(revisions: Sequence[Revision]) -> dict[int, set[int]]:
    """Return the second answers that these revisions accept, or accepted before a file changed them."""
    former: dict[int, list[list[str]]] = defaultdict(list)
    prefetch_related_objects(revisions, "options")
    changes = History.objects.filter(question__in=[revision.question_id for revision in revisions])
    for question, codes in changes.filter(before__has_key="accepted").values_list("question", "before__accepted"):
        former[question].append(codes)
    return {
        revision.pk: {revision.mask_of(codes) for codes in (revision.accepted, *former[revision.question_id])}
        for revision in revisions
    }


def check_plan(record: AttemptRecord) -> Iterator[str]:
    """Check that the responses match the plan of the form, without repeats.

    They do so position by position, unless each attempt at the paper has its own order.
    """
    planned, responses = record.attempt.form.plan, record.responses
    positions = [response.position for response in responses]
    if positions != list(range(1, len(planned) + 1)):
        yield f"The plan has {len(planned)} questions, the responses have the positions {positions}."
        return
    if record.attempt.sitting and record.attempt.sitting.own_order:
        responses, planned = (
            sorted(responses, key=attrgetter("revision_id")),
            sorted(planned, key=itemgetter("revision")),
        )
    for response, slot in zip(responses, planned, strict=True):
        actual = {"revision": response.revision_id, "scored": response.scored}
        for name, value in actual.items():
            if value != slot[name]:
                yield f"Question {response.position}: {name} is {value}, the plan says {slot[name]}."
    asked = Counter(record.revisions[response.revision_id].question_id for response in responses)
    for question, times in asked.items():
        if times > 1:
            yield f"The question with id {question} was asked {times} times."


def check_pass_line(record: AttemptRecord) -> Iterator[str]:
    """Check that the pass line of the form follows from the frozen ratings or the frozen difficulties."""
    form = record.attempt.form
    ratings = sum(response.rating for response in record.responses if response.scored)
    if ratings != form.pass_line_100:
        yield f"The ratings of the scored questions sum to {ratings}, the form says {form.pass_line_100}."
    if form.pass_line is None:
        return  # scored in percent: held by a constraint
    if form.rule == PassLineRule.RATING and form.pass_line * 100 != form.pass_line_100:
        yield f"The form's pass line is {form.pass_line}, its ratings make {form.pass_line_100 / 100:.2f}."
    if form.rule == PassLineRule.CALIBRATED:
        scored = [response for response in record.responses if response.scored]
        pass_line = scaling.expected_at_standard([figures.difficulty_of(response) for response in scored])
        if Fraction(form.pass_line) != pass_line:
            yield f"The form's pass line is {form.pass_line}, its calibrated difficulties make {float(pass_line):.4f}."


def check_counts(record: AttemptRecord) -> Iterator[str]:
    """Check the numbers of scored and unscored questions of an exam, by exam domain, against the blueprint."""
    if record.attempt.mode != Mode.EXAM:
        return
    form, exam = record.attempt.form, record.attempt.form.blueprint.exam
    weights = {domain.number: domain.weight for domain in exam.exam_domains}
    for scored, name, total, stored in (
        (True, "scored", exam.scored, form.n_scored),
        (False, "unscored", exam.unscored, form.n_unscored),
    ):
        rows = [response for response in record.responses if response.scored == scored]
        if not len(rows) == total == stored:
            yield f"There are {len(rows)} {name} responses, the form says {stored}, the blueprint {total}."
        actual = Counter(response.exam_domain for response in rows)
        required = Counter(quotas.split(total, weights))
        for number in sorted(actual.keys() | required.keys()):
            if actual[number] != required[number]:
                yield (
                    f"Exam domain {number} has {actual[number]} {name} questions, the weights give it "
                    f"{required[number]}."
                )


def check_enemies(record: AttemptRecord, pairs: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Check that no two enemies are in one form."""
    asked = {record.revisions[response.revision_id].question_id for response in record.responses}
    for low, high in pairs:
        if low in asked and high in asked:
            yield f"The questions with ids {low} and {high} are enemies in one form."


def check_times(record: AttemptRecord) -> Iterator[str]:
    """Check the deadline against start, moves of the window and allowances, and the end against both."""
    attempt = record.attempt
    if record.logged_minutes != record.granted_minutes:
        yield f"{record.granted_minutes} minutes were granted, the log says {record.logged_minutes}."
    if len(record.started) != 1:
        yield f"The log says {len(record.started)} times that it was started."
        return
    started = record.started[0]
    if started.at != attempt.started_at:
        yield f"It started at {attempt.started_at}, the log says {started.at}."
    minutes = started.data.get("minutes", 0) + record.granted_minutes
    due = attempt.started_at + timedelta(minutes=minutes)
    if "deadline" in started.data:  # in a class the end for all may cut the minutes
        due = datetime.fromisoformat(started.data["deadline"]) + timedelta(minutes=record.granted_minutes)
    for event in record.rescheduled:
        due += datetime.fromisoformat(event.data["deadline"]) - datetime.fromisoformat(event.data["before"])
    if attempt.deadline != due:
        yield f"The deadline is {attempt.deadline}, but the time given ends at {due}."
    if attempt.submitted_at and not attempt.started_at <= attempt.submitted_at <= attempt.deadline:
        yield f"It ended at {attempt.submitted_at}, outside of its time."
    if attempt.closed_by == Attempt.ClosedBy.TIME and attempt.submitted_at != attempt.deadline:
        yield f"Time closed it at {attempt.submitted_at}, the deadline is {attempt.deadline}."


def check_frozen_facts(record: AttemptRecord) -> Iterator[str]:
    """Check the frozen facts of each response against its revision and the rulings on it."""
    rulings_applied = record.attempt.status == Attempt.Status.SCORED and not _has_incomplete_ruling(record)
    for response in record.responses:
        revision, revision_rulings = (
            record.revisions[response.revision_id],
            record.rulings.get(response.revision_id, []),
        )
        place = f"Question {response.position}"
        if response.key not in {revision.key, *(ruling.new_key for ruling in revision_rulings)}:
            yield f"{place}: the key is {response.key}, the revision has {revision.key} and no ruling changed it."
        if response.also and response.also not in {
            *(ruling.also for ruling in revision_rulings), *record.accepted.get(response.revision_id, ()),
        }:  # fmt: skip
            yield f"{place}: {response.also} is accepted too, but no ruling accepted it."
        if not response.also and 0 not in record.accepted.get(response.revision_id, {0}):
            yield f"{place}: only the key counts, but the revision accepts a second answer. Accept it by a ruling."
        if response.withdrawn and not any(ruling.withdrawn for ruling in revision_rulings):
            yield f"{place}: it is withdrawn, but no ruling withdrew it."
        if response.credited and not any(ruling.credited for ruling in revision_rulings):
            yield f"{place}: everybody has the point, but no ruling gave it."
        effective = effective_keys(revision_rulings).get(response.revision_id)
        if rulings_applied and effective and effective.columns != frozen_columns(response):
            yield f"{place}: ruling {effective.last} on it is complete, but not applied here."
        if response.choose != revision.choose:
            yield f"{place}: it takes {response.choose} options, but the revision takes {revision.choose}."
        if response.full != revision.full:
            yield f"{place}: all its bits are {response.full}, but the revision has {revision.full}."
        if sorted(response.order) != list(ORDER_DIGITS[: revision.n_options]):
            yield f"{place}: the order {response.order!r} is not one of its {revision.n_options} options."


def check_answers(record: AttemptRecord) -> Iterator[str]:
    """Check that each answer is possible and matches the last change in its trail."""
    for response in record.responses:
        place = f"Question {response.position}"
        if response.ticked.bit_count() > response.choose:
            yield f"{place}: {response.ticked.bit_count()} options are selected, but it takes {response.choose}."
        if len(response.trail) < MAX_TRAIL_CHARS:
            saves = [step.partition("@")[0] for step in response.trail.split(";")[:-1]]
            if len(saves) < response.version:  # a save may note several ticks
                yield f"{place}: its version is {response.version}, the changes noted make {len(saves)}."
            if response.ticked != int(saves[-1] if saves else 0):
                yield f"{place}: {response.ticked} is selected, but the last logged change is {saves[-1:] or 'none'}."


def check_disclosure(record: AttemptRecord) -> Iterator[str]:
    """Check that practice has no score, and that solutions were shown in practice after an answer only."""
    attempt = record.attempt
    if attempt.mode == Mode.PRACTICE and (record.n_reports or attempt.status not in PRACTICE_STATUSES):
        yield f"It is practice, but its status is {attempt.status}, and it has {record.n_reports} score reports."
    for response in record.responses:
        if response.revealed_at is None:
            continue
        if attempt.mode != Mode.PRACTICE or attempt.feedback != "each":
            yield f"Question {response.position}: its solution was shown before the end."
        elif not response.ticked or response.confidence is None:
            yield f"Question {response.position}: its solution was shown without an answer."


def check_score(record: AttemptRecord) -> Iterator[str]:
    """Check the stored score against the responses, field by field."""
    attempt, report = record.attempt, record.attempt.report
    if report is None:
        if record.n_reports:
            yield f"It has a score report, but its status is {attempt.status}."
        return
    if report.attempt_id != attempt.pk:
        yield f"Its score report number {report.pk} belongs to another attempt."
        return
    if _has_incomplete_ruling(record) or _retains_report(record):
        return
    try:
        due = figures.figures(figures.counted(record.responses), figures.scoring_rules(attempt))
    except ValueError as error:
        if any(response.withdrawn or response.credited for response in record.responses):
            return  # a ruling left no possible pass line, so the old report still applies
        yield f"It is scored, but its responses cannot be: {error}"
        return
    for name, stored, computed in figures.differing_figures(report, record.results, due):
        yield f"The score report says {name} {stored}, the responses make {computed}."


def _has_incomplete_ruling(record: AttemptRecord) -> bool:
    """Return whether a ruling is incomplete: it changes the responses before the report."""
    return any("finished" not in ruling.progress for rows in record.rulings.values() for ruling in rows)


def _retains_report(record: AttemptRecord) -> bool:
    """Return whether rulings withdrew so many questions that the old report still applies."""
    counted = [response for response in record.responses if response.scored and not response.withdrawn]
    withdrawn = any(response.scored and response.withdrawn for response in record.responses)
    return withdrawn and rescoring.too_few(len(counted), record.attempt.form.n_scored)


CHECKS: tuple[Callable[[AttemptRecord], Iterator[str]], ...] = (
    check_plan,
    check_pass_line,
    check_counts,
    check_times,
    check_frozen_facts,
    check_answers,
    check_disclosure,
    check_score,
)
