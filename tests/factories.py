"""Make blueprints with a small bank, candidates and attempts: real rows, written by the services."""

import itertools
import uuid as uuids
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser

from exams.models import Attempt, Candidate, Participant, Response, Sitting
from exams.psychometrics import scaling
from exams.services.attempt import answering, attempts, ending
from exams.services.attempt.answering import PostedAnswer, Sitter
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.exposure import ExposureCounts
from exams.services.classes import joining, sittings
from exams.services.classes.sittings import Terms
from exams.services.people import candidates
from exams.services.results import scoring
from questions.content import blueprint as blueprint_file
from questions.content.blueprint import PERCENT, BlueprintSpec, DomainWeight
from questions.content.syllabus import Topic as SyllabusTopic
from questions.models import (
    Bank,
    Blueprint,
    ItemParameter,
    Point,
    Question,
    ScaleVersion,
    Topic,
    User,
)
from questions.services import blueprints, stored_bank, syllabus_rows
from questions.services.bank_version import raise_bank_version
from tests import bank_rows, shipped

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"

# Each bank has its own range of versions, with room for changes by a test: the pool is cached by version, and keys of
# rolled-back rows are used again.
_versions = itertools.count(1_000_000, 1_000)


@cache
def _shipped_spec() -> BlueprintSpec:
    spec, faults = blueprint_file.read(shipped.BLUEPRINT)
    assert spec is not None, faults
    return spec


def bank(per_domain: Sequence[int] = (16, 20, 28, 16)) -> Blueprint:
    """Return the shipped blueprint of the default exam with this number of live questions in each exam domain."""
    return store(_shipped_spec(), per_domain)


def small_blueprint(
    scored: int = 4,
    unscored: int = 1,
    minutes: int = 30,
    *,
    code: str = "TINY",
    exams: int = 1,
    divided: bool = True,
    default: bool = False,
) -> Blueprint:
    """Return an exam of two exam domains, or one, with a bank for at least `exams` exams without a repeat.

    It is the `default` exam, or that by being the only one.
    """
    two = (DomainWeight(1, "First things", 50), DomainWeight(2, "Second things", 50))
    domains = two if divided else (DomainWeight(1, "A small exam", 100),)
    spec = replace(
        _shipped_spec(),
        code=code,
        title="A small exam",
        short_title="Small",
        version=1,
        default=default,
        minutes=minutes,
        scored=scored,
        unscored=unscored,
        exam_domains=domains,
        collections=(code.lower(),),
        practice=(code.lower(),),
    )
    enough = exams * (scored + unscored + 1)
    return store(spec, [enough] * len(domains))


def percent_blueprint(
    pass_percent: int = 60, scored: int = 20, *, points: Sequence[int] = (100,), partial: bool = False,
    code: str = "PERCENT", exams: int = 1, one_form: bool = False,
) -> Blueprint:  # fmt: skip
    """Return an exam of two exam domains that is scored in percent.

    Its questions are worth `points`, in hundredths, in turn; with `partial`, those with two keys give partial credit.
    With `one_form`, the bank has just the questions of one exam, of each five one with two keys.
    """
    spec = small_blueprint(scored, 0, code=f"{code}-BEFORE").exam
    own: dict[str, Any] = {"code": code, "collections": (code.lower(),), "practice": ()}
    spec = replace(spec, scoring=PERCENT, pass_percent=pass_percent, **own)
    n = scored // 2 if one_form else exams * (scored + 1)
    blueprint = store(spec, [n] * len(spec.exam_domains))
    for place, question in enumerate(Question.objects.filter(collection=code.lower()).order_by("pk")):
        several = partial and question.current is not None and question.current.choose > 1
        Question.objects.filter(pk=question.pk).update(worth=points[place % len(points)], partial=several)
    raise_bank_version()
    return blueprint


def opened(blueprint: Blueprint) -> Blueprint:
    """Put an exam that was made here on the start page, and open it: a new one is closed."""
    blueprints.offer(blueprint, on=True)
    blueprints.admit(blueprint, on=True)
    return blueprint


def one_form_blueprint(code: str = "TINY") -> Blueprint:
    """Return an exam of ten scored and two unscored questions, with just these in its bank: all exams have the same."""
    blueprint = small_blueprint(scored=10, unscored=2, code=code)
    for domain in (1, 2):
        questions = Question.objects.filter(collection=code.lower(), exam_domain__number=domain).order_by("pk")
        keys = list(questions.values_list("pk", flat=True))
        Question.objects.filter(pk=keys[5]).update(status=Question.Status.PILOT)
        Question.objects.filter(pk__in=keys[6:]).update(status=Question.Status.RETIRED)
    raise_bank_version()
    return blueprint


def change_topics(exam: str, *slugs: str, **fields: Any) -> None:
    """Store these fields of some topics of an exam, of all without slugs, as a load of its files does."""
    syllabus = stored_bank.syllabus(exam)
    assert syllabus

    def changed(topic: SyllabusTopic) -> SyllabusTopic:
        return replace(topic, **fields) if not slugs or topic.slug in slugs else topic

    domains = [
        replace(domain, tasks=tuple(replace(task, topics=tuple(map(changed, task.topics))) for task in domain.tasks))
        for domain in syllabus.exam_domains
    ]
    syllabus_rows.write_syllabus(exam, replace(syllabus, exam_domains=tuple(domains)))


def add_points() -> None:
    """Give each topic a point of the syllabus: its questions, which name none, have that to do."""
    Point.objects.bulk_create(Point(topic=topic, code=topic.slug, text="Know it.") for topic in Topic.objects.all())
    raise_bank_version()


def store(spec: BlueprintSpec, per_domain: Sequence[int]) -> Blueprint:
    """Store the blueprint and its bank: every fifth question has two keys; ratings run from 60 to 79."""
    blueprint = Blueprint.objects.create(
        code=spec.code, version=spec.version, spec=asdict(spec), sha256=uuids.uuid4().hex * 2, loaded_at=NOW
    )
    bank_rows.insert(spec.code, spec.collections[0], spec.exam_domains, per_domain, NOW)
    start_versions()
    return blueprint


def start_versions() -> None:
    """Let the bank go on with versions that no other test has had."""
    version = next(_versions)
    if not Bank.objects.filter(pk=1).update(version=version):
        Bank.objects.create(pk=1, version=version)


def user(name: str = "alice", **fields: Any) -> User:
    """Return an account with PASSWORD."""
    return User.objects.create_user(name, password=PASSWORD, **fields)


def candidate(account: User | None = None, now: datetime = NOW) -> Candidate:
    """Return a guest, or the candidate of an account."""
    return candidates.get_or_create_candidate(account or AnonymousUser(), uuids.uuid4(), now)


def attempt(
    candidate: Candidate | None = None,
    blueprint: Blueprint | None = None,
    *,
    now: datetime = NOW,
    seed: str = "test",
    synthetic: bool = False,
) -> Attempt:
    """Start an exam with the service; make a small blueprint if there is none."""
    sitter = candidate or candidates.get_or_create_candidate(AnonymousUser(), uuids.uuid4(), now)
    exam = blueprint or Blueprint.objects.order_by("pk").last() or small_blueprint()
    started = attempts.start(
        StartRequest(sitter, exam, now, seed=seed, simulated=ExposureCounts() if synthetic else None)
    )
    assert started.created, "this candidate has a running exam of this blueprint"
    return started.attempt


def sitting(blueprint: Blueprint | None = None, *, one_paper: bool = True, **terms: Any) -> Sitting:
    """Create a sitting that opens NOW and closes an hour later; make a small blueprint if there is none."""
    exam = blueprint or Blueprint.objects.order_by("pk").last() or small_blueprint()
    owner = terms.pop("owner", None)
    window = {"name": "Class 7b", "opens_at": NOW, "closes_at": NOW + timedelta(hours=1)}
    return sittings.create(exam, Terms(**window | terms), owner, one_paper=one_paper)


def joined(sitting: Sitting, name: str = "Ana", candidate_: Candidate | None = None) -> Participant:
    """Return a guest, or this candidate, who has joined by the code."""
    return joining.join(sitting, candidate_ or candidate(), name, NOW)


def class_attempt(
    sitting: Sitting, name: str = "Ana", candidate_: Candidate | None = None, *, now: datetime = NOW
) -> Attempt:
    """Join the sitting and start its exam."""
    return joining.start(joined(sitting, name, candidate_), now).attempt


def tick(attempt: Attempt, right: int) -> None:
    """Tick `right` scored questions correctly, the other scored ones incorrectly, and all unscored ones correctly."""
    for place, response in enumerate(attempt.responses.order_by("-scored", "position")):
        if place < right or not response.scored:
            mask = response.key
        else:
            wrong = [bit for bit in sorted(response.bits) if not response.key >> bit & 1]
            mask = sum(1 << bit for bit in wrong[: response.choose])
        Response.objects.filter(pk=response.pk).update(ticked=mask)


def handed_in(
    right: int = 0, candidate: Candidate | None = None, blueprint: Blueprint | None = None, *, now: datetime = NOW
) -> Attempt:
    """Return an exam submitted at `now` after a quarter of its time, not scored, with the ticks of `tick`."""
    exam = blueprint or Blueprint.objects.order_by("pk").last() or small_blueprint()
    sat = attempt(candidate, exam, now=now - timedelta(minutes=exam.exam.minutes) / 4)
    tick(sat, right)
    ending.finish(sat, now)
    return sat


def scored(attempt: Attempt, now: datetime = NOW) -> Attempt:
    """Return the same attempt with its score."""
    assert scoring.score(attempt.pk, now)
    return Attempt.objects.select_related("report", "form__blueprint", "candidate").get(pk=attempt.pk)


def answered_once() -> Attempt:
    """Return an exam with its score and one answer, saved as from the room."""
    sat = attempt()
    sitter = Sitter(sat.candidate_id, sat.candidate.epoch)
    assert answering.save(sat.uuid, sitter, 1, PostedAnswer(1, 0), NOW).ok
    ending.finish(sat, NOW)
    return scored(sat)


def worked_example(right: int) -> Attempt:
    """Return a submitted full exam with scored ratings that sum to 34.60, the pass line of the worked examples."""
    sat = handed_in(right, blueprint=bank())
    keys = list(sat.responses.filter(scored=True).values_list("pk", flat=True))
    for share, rating in ((keys[:30], 70), (keys[30:], 68)):
        Response.objects.filter(pk__in=share).update(rating=rating)
    return sat


def active_scale(blueprint: Blueprint, *, left_out: int = 0, harder: float = 0.3, number: int = 1) -> ScaleVersion:
    """Activate a scale with the b of the bank's questions, `harder` than their ratings, except the first `left_out`."""
    questions = Question.objects.filter(collection__in=blueprint.exam.collections).order_by("pk")
    b = {row.current_id: scaling.difficulty(row.rating) + harder for row in questions if row.rating}
    exam = blueprint.exam.syllabus_code
    ScaleVersion.objects.filter(exam=exam).update(active=False)
    scale = ScaleVersion.objects.create(
        exam=exam,
        number=number,
        active=True,
        reference=[{"revision": pk, "b": b[pk]} for pk in list(b)[: blueprint.exam.scored]],
        made_at=NOW,
    )
    ItemParameter.objects.bulk_create(
        ItemParameter(scale=scale, revision_id=pk, b=b[pk], se=0.15, n=250) for pk in list(b)[left_out:]
    )
    raise_bank_version()
    return scale
