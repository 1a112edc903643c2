"""Compare studying with Today to random quizzes: a simulated learner answers 20 questions a day for 30 days.

Today is tried without an exam date, and with one after these 30 days, when it follows the plan.

`python -m tests.benchmarks learner` prints the mean expected share right on 20 mock exams, which are drawn without
regard to what was seen, the difference, and its standard error over pairs of learners with the same abilities.

The learner: an ability for each topic from N(-.5, .8); right with chance 1 / (1 + exp(b - ability)), where
b = -ln(r / (100 - r)) of the rating r. An answer with its explanation raises the ability by .25 if right and by .4 if
wrong, not again for the same question within 7 days. What was gained decays by half in 21 days.
"""

import math
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import fsrs

from exams.psychometrics import quotas, study_plan
from exams.psychometrics.drawing import Exposures, PoolItem, Recipe, draw_plan
from exams.psychometrics.exam_supply import ExamSupply
from exams.psychometrics.mastery import (
    UNKNOWN_STANDARD,
    Evidence,
    in_study_order,
    syllabus_mastery,
    verdict,
    weakest_first,
)
from exams.psychometrics.quiz_order import (
    NEW_GROUPS,
    LastAnswer,
    Records,
    in_order,
    reserved_exams,
    todays,
    without_reserve,
)
from questions.bank_files import question_yaml
from questions.content import syllabus as syllabus_file

BANK = Path(__file__).resolve().parents[2] / "questions" / "bank"
START = datetime(2026, 1, 1, 19, tzinfo=UTC)
LEARNERS, DAYS, ANSWERS_A_DAY, MOCK_EXAMS = 500, 30, 20, 20
RIGHT_GAIN, WRONG_GAIN, REST, HALF_LIFE = 0.25, 0.4, 7, 21
RECIPE = Recipe(scored=50, unscored=15, weights={1: 20, 2: 24, 3: 36, 4: 20})
SCHEDULER = fsrs.Scheduler(enable_fuzzing=False, learning_steps=(), relearning_steps=())


@dataclass(frozen=True, slots=True)
class BankItem:
    """A question of the shipped bank, as the order of a quiz, the drawing of an exam and the learner need it."""

    question: int
    topic: str
    task: str
    exam_domain: int
    rating: int
    ask: str
    in_exams: bool
    pilot: bool

    @property
    def difficulty(self) -> float:
        return -math.log(self.rating / (100 - self.rating))


@cache
def bank() -> tuple[BankItem, ...]:
    """Return the questions of exams and of workouts."""
    syllabus, _faults = syllabus_file.read(BANK / "mls-c01" / "syllabus.yaml")
    assert syllabus
    items = []
    for folder in ("mls-c01", "mls-c01-workouts"):
        for path in question_yaml.question_files(BANK / folder):
            content, _faults = question_yaml.read(path)
            if content is None or content.status == "retired":
                continue
            items.append(
                BankItem(
                    len(items) + 1,
                    content.topic,
                    content.task,
                    syllabus.exam_domain_of_task[content.task],
                    content.rating or 70,
                    content.ask,
                    folder == "mls-c01",
                    content.status == "pilot",
                )
            )
    return tuple(items)


@cache
def mock_exams() -> tuple[tuple[BankItem, ...], ...]:
    """Return the scored questions of the mock exams that all learners sit at the end."""
    by_key = {item.question: item for item in bank()}
    pool = [
        PoolItem(item.question, item.question, item.exam_domain, item.topic, item.rating, pilot=item.pilot)
        for item in bank()
        if item.in_exams
    ]
    plans = [draw_plan(RECIPE, pool, {}, Exposures(), (), f"mock-{n}") for n in range(MOCK_EXAMS)]
    return tuple(tuple(by_key[slot.revision] for slot in plan.slots if slot.scored) for plan in plans)


@dataclass
class Learner:
    """Abilities by topic: what was there at the start, and what was gained. Days are numbered."""

    base: dict[str, float]
    gained: Counter[str] = field(default_factory=Counter)
    raised: dict[int, int] = field(default_factory=dict)

    def chance(self, item: BankItem) -> float:
        return 1 / (1 + math.exp(item.difficulty - self.base[item.topic] - self.gained[item.topic]))

    def sleep(self) -> None:
        """Let a day pass."""
        for topic in self.gained:
            self.gained[topic] *= 0.5 ** (1 / HALF_LIFE)

    def answer(self, item: BankItem, day: int, rng: random.Random) -> bool:
        """Answer, read the explanation, and return whether the answer was right."""
        correct = rng.random() < self.chance(item)
        if day - self.raised.get(item.question, -REST) >= REST:
            self.gained[item.topic] += RIGHT_GAIN if correct else WRONG_GAIN
            self.raised[item.question] = day
        return correct

    def expected_share(self) -> float:
        """Return the expected share right on the mock exams."""
        return statistics.fmean(self.chance(item) for exam in mock_exams() for item in exam)


class RandomQuizzes:
    """Ask questions of the whole pool at random."""

    def choose(self, day: int, rng: random.Random) -> Sequence[BankItem]:
        return rng.sample(practice_items(), ANSWERS_A_DAY)

    def record(self, item: BankItem, day: int, *, correct: bool) -> None:
        """Remember nothing."""


class Today:
    """Ask what the page Today asks, from the records that it has."""

    def __init__(self) -> None:
        self.answers: dict[int, LastAnswer] = {}
        self.evidence: dict[tuple[int, str, str], Evidence] = {}
        self.cards: dict[int, fsrs.Card] = {}

    def choose(self, day: int, rng: random.Random) -> Sequence[BankItem]:
        end_of_day = START + timedelta(days=day, hours=5)
        due = {question for question, card in self.cards.items() if card.due < end_of_day}
        planned, weak = self.topics(day)
        records = Records(due, self.answers, weak)
        items = practice_items()
        new = Counter(item.exam_domain for item in items if item.in_exams and item.question not in self.answers)
        supply = ExamSupply(new, {}, {}, asked_by_domain(), {})
        spare = supply.spare(reserved_exams(supply.exams, self.scheduled_exams(day)))
        allowed = without_reserve(in_order(items, records, day, rng), spare, lambda item: item.exam_domain)
        n_new = sum(group in NEW_GROUPS for group, _item in allowed)
        new, needed = self.spread(n_new, day, planned)
        return [item for _group, item in todays(allowed, ANSWERS_A_DAY, planned, {}, new, needed)][:ANSWERS_A_DAY]

    def spread(self, n_new: int, day: int, planned: Sequence[str]) -> tuple[int | None, dict[str, int]]:
        """Return how many of the new questions the day has, None for all, and how many each topic needs."""
        return None, {}

    def topics(self, day: int) -> tuple[Sequence[str], Sequence[str]]:
        """Return the topics that the plan has for the day, and the weak ones."""
        return [], self.weak_topics()

    def scheduled_exams(self, day: int) -> int | None:
        return None

    def weak_topics(self) -> list[str]:
        return weakest_first(syllabus_mastery(self.evidence).topics, likely_by_topic())

    def record(self, item: BankItem, day: int, *, correct: bool) -> None:
        if item.question not in self.answers:
            place = item.exam_domain, item.task, item.topic
            self.evidence[place] = self.evidence.get(place, Evidence()) + Evidence(1, int(correct), item.rating)
        self.answers[item.question] = LastAnswer(correct, day)
        card = self.cards.get(item.question)
        if card is None and correct:
            return
        at = START + timedelta(days=day)
        card = card or fsrs.Card(card_id=item.question, due=at)
        rating = fsrs.Rating.Good if correct else fsrs.Rating.Again
        self.cards[item.question], _log = SCHEDULER.review_card(card, rating, max(at, card.due))


class PlannedToday(Today):
    """Ask what Today asks of a candidate whose exam is after the last day."""

    TARGET = (START + timedelta(days=DAYS)).date()
    WEEKS = study_plan.weeks(START.date(), START.date(), TARGET)

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []  # the topics of this week
        self.again: list[str] = []

    def topics(self, day: int) -> tuple[Sequence[str], Sequence[str]]:
        today, left = (START + timedelta(days=day)).date(), self.open_topics()
        week = next(week for week in self.WEEKS if today in week)
        fresh = self.fresh(left)
        n = len(week.study_days)
        n_left = sum(len(later.study_days) for later in self.WEEKS if later.last >= today)
        a_day = study_plan.topics_a_day(len(fresh), n_left, ANSWERS_A_DAY)
        if today == week.first:
            self.new = fresh[: n * a_day]
            back = [topic for topic in left if topic not in fresh]
            self.again = back[: n * (a_day + 1) - len(self.new)]
        began = (week.first - START.date()).days
        asked = {by_key()[question].topic for question, answer in self.answers.items() if answer.day >= began}
        study_days = [at for at in week.study_days if at >= today]
        planned: list[str] = []
        if today in study_days:
            new = [topic for topic in self.new if topic in fresh]
            again = [topic for topic in self.again if topic in left and topic not in asked]
            others = [topic for topic in fresh if topic not in self.new]
            planned = study_plan.fill(new, again, [1] * len(study_days), a_day)[0][0]
            planned += others[: max(0, a_day - len(new))]
        return planned or left[:1], [topic for topic in left if topic in {*self.new, *self.again}]

    def open_topics(self) -> list[str]:
        """Return the topics that are not done by answers, in the order of study."""
        mastery, likely, well = syllabus_mastery(self.evidence), likely_by_topic(), Counter[str]()
        days: dict[str, set[float]] = {}
        gains: dict[str, float] = {}
        available = available_by_topic()
        for item in practice_items():
            answer = self.answers.get(item.question)
            if answer and answer.correct:
                well[item.topic] += 1
                days.setdefault(item.topic, set()).add(answer.day)
            known = mastery.topics.get(item.topic) or mastery.tasks.get(item.task)
            known = known or mastery.domains.get(item.exam_domain)
            gains[item.topic] = likely.get(item.topic, 0) * (1 - (known.mean if known else UNKNOWN_STANDARD))
        left = [
            topic
            for topic in gains
            if well[topic] < min(study_plan.WELL_ANSWERED, available[topic])
            or len(days.get(topic, ())) < min(study_plan.WELL_DAYS, available[topic])
        ]
        verdicts = {topic: verdict(mastery.topics.get(topic)) for topic in left}
        return in_study_order(verdicts, gains, self.fresh(left))

    def fresh(self, topics: Sequence[str]) -> list[str]:
        """Return the topics that are not practiced."""
        seen, available = Counter(by_key()[question].topic for question in self.answers), available_by_topic()
        return [topic for topic in topics if seen[topic] < min(study_plan.WELL_ANSWERED, available[topic])]

    def spread(self, n_new: int, day: int, planned: Sequence[str]) -> tuple[int | None, dict[str, int]]:
        seen = Counter(by_key()[question].topic for question in self.answers)
        needed = {topic: max(1, study_plan.WELL_ANSWERED - seen[topic]) for topic in planned}
        return study_plan.new_a_day(n_new, DAYS - day), needed

    def scheduled_exams(self, day: int) -> int | None:
        today = (START + timedelta(days=day)).date()
        return sum(at >= today for week in self.WEEKS for at in week.exam_days)


@cache
def practice_items() -> tuple[BankItem, ...]:
    return tuple(item for item in bank() if not item.pilot)


@cache
def by_key() -> dict[int, BankItem]:
    return {item.question: item for item in bank()}


@cache
def available_by_topic() -> Counter[str]:
    return Counter(item.topic for item in practice_items())


@cache
def asked_by_domain() -> Counter[int]:
    return Counter(quotas.split(RECIPE.scored, RECIPE.weights)) + Counter(quotas.split(RECIPE.unscored, RECIPE.weights))


@cache
def likely_by_topic() -> dict[str, float]:
    """Return how many questions of each topic a mock exam has on average."""
    in_exams = [item for item in bank() if item.in_exams]
    domains = Counter(item.exam_domain for item in in_exams)
    topics = Counter((item.topic, item.exam_domain) for item in in_exams)
    return {topic: asked_by_domain()[domain] * count / domains[domain] for (topic, domain), count in topics.items()}


def study(seed: int, way: RandomQuizzes | Today) -> float:
    """Return the expected share right of a learner after 30 days of one way to study."""
    abilities, rng = random.Random(f"abilities-{seed}"), random.Random(f"answers-{seed}")
    topics = sorted({item.topic for item in bank()})
    learner = Learner({topic: abilities.gauss(-0.5, 0.8) for topic in topics})
    for day in range(DAYS):
        for item in way.choose(day, rng):
            way.record(item, day, correct=learner.answer(item, day, rng))
        learner.sleep()
    return learner.expected_share()


def compare(way: type[Today] = Today, learners: int = LEARNERS) -> tuple[float, float, float, float]:
    """Return the mean share with Today and with random quizzes, their difference, and its standard error."""
    shares = [(study(seed, way()), study(seed, RandomQuizzes())) for seed in range(learners)]
    differences = [today - other for today, other in shares]
    today, other = (statistics.fmean(column) for column in zip(*shares, strict=True))
    return today, other, today - other, statistics.stdev(differences) / math.sqrt(learners)


def report() -> str:
    """Return the comparison in words."""
    lines = [f"Expected share right after {DAYS} days of {ANSWERS_A_DAY} answers, {LEARNERS} learners:"]
    for name, way in (("Today", Today), ("Today with an exam date", PlannedToday)):
        today, other, difference, error = compare(way)
        lines.append(
            f"{name} {today:.4f}, random quizzes {other:.4f}, difference {difference:+.4f}, standard error {error:.4f}"
        )
    return "\n".join(lines)
