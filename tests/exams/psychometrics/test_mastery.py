"""Test the posteriors of mastery: prior, pooling, intervals, and how well they recover simulated strengths."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from exams.psychometrics.mastery import (
    DOMAIN_WEIGHT,
    PROBABLE,
    TASK_WEIGHT,
    TOPIC_WEIGHT,
    TOTAL_WEIGHT,
    Evidence,
    Mastery,
    Verdict,
    in_study_order,
    syllabus_mastery,
    weakest_first,
)
from exams.psychometrics.precision import verdict
from exams.psychometrics.quotas import split

# The syllabus of a shipped exam in numbers.
WEIGHTS = {1: 20, 2: 24, 3: 36, 4: 20}
TOPICS_BY_TASK = {
    (1, "1.1"): 8,
    (1, "1.2"): 10,
    (1, "1.3"): 5,
    (2, "2.1"): 12,
    (2, "2.2"): 9,
    (2, "2.3"): 6,
    (3, "3.1"): 3,
    (3, "3.2"): 16,
    (3, "3.3"): 7,
    (3, "3.4"): 9,
    (3, "3.5"): 8,
    (4, "4.1"): 6,
    (4, "4.2"): 4,
    (4, "4.3"): 4,
    (4, "4.4"): 12,
}


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_without_answers_the_candidate_is_expected_at_the_standard() -> None:
    total = syllabus_mastery({}).total
    assert (total.mean, total.strength, total.verdict) == (pytest.approx(0.7), pytest.approx(0), "unseen")


def test_the_prior_of_the_total_is_the_mean_rating() -> None:
    total = syllabus_mastery({(1, "1.1", "a"): Evidence(n=2, right=1, ratings=160)}).total
    assert (total.a, total.b) == (pytest.approx(TOTAL_WEIGHT * 0.8 + 1), pytest.approx(TOTAL_WEIGHT * 0.2 + 1))


def test_a_single_topic_is_shrunk_to_the_standard() -> None:
    topic = syllabus_mastery({(1, "1.1", "a"): Evidence(n=4, right=2, ratings=280)}).topics["a"]
    # The spreads of candidates, exam domains, tasks and topics add up.
    weight = 1 / sum(1 / (w + 1) for w in (TOTAL_WEIGHT, DOMAIN_WEIGHT, TASK_WEIGHT, TOPIC_WEIGHT)) - 1
    assert topic.mean == pytest.approx((weight * 0.7 + 2) / (weight + 4))
    assert 0.5 < topic.mean < 0.7


def test_with_many_answers_around_it_the_prior_of_a_topic_has_its_whole_weight() -> None:
    neighbors = {(1, "1.1", n): Evidence(100, 70, 7000) for n in range(9)}
    topic = syllabus_mastery({(1, "1.1", "a"): Evidence(4, 0, 280)} | neighbors).topics["a"]
    assert topic.mean == pytest.approx(TOPIC_WEIGHT * 0.7 / (TOPIC_WEIGHT + 4), abs=0.01)


def test_a_topic_starts_from_the_strength_of_its_neighbors_and_not_of_itself() -> None:
    weak_neighbors = {(1, "1.1", "b"): Evidence(30, 6, 2100)}
    alone = syllabus_mastery({(1, "1.1", "a"): Evidence(1, 1, 70)}).topics["a"]
    beside = syllabus_mastery({(1, "1.1", "a"): Evidence(1, 1, 70)} | weak_neighbors).topics["a"]
    assert beside.mean < alone.mean
    more = syllabus_mastery({(1, "1.1", "a"): Evidence(20, 20, 1400)} | weak_neighbors)
    assert more.topics["a"].mean > 0.85
    # The neighbor profits from the other topic, never from its own answers.
    assert syllabus_mastery(weak_neighbors).topics["b"].mean < more.topics["b"].mean


def test_the_strength_carries_over_to_questions_of_another_difficulty() -> None:
    answers = {(1, "1.1", "hard"): Evidence(200, 60, 200 * 30), (1, "1.1", "easy"): Evidence(1, 1, 90)}
    easy = syllabus_mastery(answers).topics["easy"]
    assert 0.85 < easy.mean < 0.95  # at the standard on hard questions: at the standard on easy ones


def test_questions_without_a_task_or_topic_count_for_the_parts_above() -> None:
    mastery = syllabus_mastery({(1,): Evidence(3, 1, 210), (1, "1.1"): Evidence(2, 2, 140)})
    assert (mastery.domains[1].evidence, mastery.tasks["1.1"].evidence) == (Evidence(5, 3, 350), Evidence(2, 2, 140))
    assert mastery.topics == {}


@pytest.mark.parametrize(
    ("a", "b"), [(4.5, 1.5), (9, 4), (3, 7), (40, 20), (18.2, 3.8), (0.5, 3.5), (1.7, 0.3), (0.5, 9), (12, 0.5)]
)
def test_the_interval_covers_eighty_percent_of_the_posterior(a: float, b: float) -> None:
    lo, hi = Mastery(a, b, Evidence()).interval
    assert (lo, hi) == (pytest.approx(beta.ppf(0.1, a, b), abs=0.01), pytest.approx(beta.ppf(0.9, a, b), abs=0.01))


def test_a_verdict_without_probably_needs_the_whole_interval_and_three_answers() -> None:
    few, many = Evidence(3, 1, 210), Evidence(30, 10, 2100)
    assert syllabus_mastery({(1, "1.1", "a"): few}).topics["a"].verdict == "probably_below"
    assert syllabus_mastery({(1, "1.1", "a"): many}).topics["a"].verdict == "below"
    beside = syllabus_mastery({(1, "1.1", "a"): Evidence(2, 0, 140), (1, "1.1", "b"): many})
    assert beside.topics["a"].interval[1] < 0.7
    assert beside.topics["a"].verdict == "probably_below", "two answers"
    assert syllabus_mastery({(1, "1.1", "a"): Evidence(30, 29, 2100)}).topics["a"].verdict == "above"


@pytest.mark.parametrize(
    ("n", "right", "verdict"),
    [
        (1, 0, "probably_below"),
        (1, 1, "probably_above"),
        (2, 0, "probably_below"),
        (2, 1, "near"),
        (2, 2, "probably_above"),
        (3, 2, "near"),
        (5, 3, "probably_below"),
        (5, 4, "near"),
        (10, 7, "near"),
    ],
)
def test_two_answers_may_tell_a_side_and_those_that_tell_none_are_near_the_standard(
    n: int, right: int, verdict: str
) -> None:
    """After 206 questions, one topic of 117 had a verdict."""
    assert syllabus_mastery({(1, "1.1", "a"): Evidence(2, 1, 150)}).topics["a"].verdict == "probably_below"
    assert syllabus_mastery({(1, "1.1", "a"): Evidence(3, 2, 210)}).topics["a"].verdict == "near"
    rest = {(1, "1.1", "b"): Evidence(20, 15, 1500)}
    topic = syllabus_mastery({(1, "1.1", "a"): Evidence(n, right, 75 * n)} | rest).topics["a"]
    assert topic.verdict == verdict


def test_the_rest_of_a_syllabus_alone_tells_no_side() -> None:
    """One of one right is not below the standard, however weak the rest."""
    for own, rest in ((Evidence(1, 1, 70), Evidence(60, 6, 4200)), (Evidence(1, 0, 70), Evidence(60, 60, 4200))):
        topic = syllabus_mastery({(1, "1.1", "a"): own, (1, "1.1", "b"): rest}).topics["a"]
        assert topic.verdict == "near"


def test_an_exam_domain_stands_on_its_own_answers_and_on_ten_at_least() -> None:
    strong = {(2, "2.1", "b"): Evidence(60, 57, 4200)}
    few = syllabus_mastery({(1, "1.1", "a"): Evidence(5, 5, 350)} | strong)
    assert (few.domains[1].is_known, few.domains[1].verdict, few.tasks["1.1"].verdict) == (
        *(False, "probably_above", "probably_above"),
    )
    middling = Evidence(16, 11, 1120)
    beside = syllabus_mastery({(1, "1.1", "a"): middling} | strong).domains[1]
    alone = syllabus_mastery({(1, "1.1", "a"): middling}).domains[1]
    assert (beside.a, beside.b) == (alone.a, alone.b), "it borrows nothing from the other exam domains"
    assert (beside.is_known, beside.verdict) == (True, "near"), "as the report of the same answers says"
    assert syllabus_mastery({(1, "1.1", "a"): Evidence(16, 16, 1120)}).domains[1].verdict == "above"


@pytest.mark.parametrize("rating", [62, 70, 85])  # the quantile is good to a thousandth: no tail here is so near 15%
def test_an_exam_domain_has_the_verdict_that_the_report_has_for_the_same_answers(rating: int) -> None:
    difficulties = [-logit(rating / 100)] * 14
    for right in range(15):
        domain = syllabus_mastery({(1,): Evidence(14, right, 14 * rating)}).domains[1]
        sure = domain.verdict if domain.verdict in ("below", "above") else "near"
        assert sure == verdict(right, difficulties), right


def simulated(seed: int, exams: int) -> list[tuple[float, Mastery]]:
    """Return the true strengths and the posteriors of the topics that were asked in these exams.

    The strengths differ by 0.6 logits between exam domains and between tasks, and by 1.2 between topics of a task.
    """
    rng = random.Random(seed)
    places = [(domain, task, (task, n)) for (domain, task), count in TOPICS_BY_TASK.items() for n in range(count)]
    domains = {domain: rng.gauss(0, 0.6) for domain in WEIGHTS}
    tasks = {task: rng.gauss(0, 0.6) for _domain, task in TOPICS_BY_TASK}
    strengths = {place: domains[place[0]] + tasks[place[1]] + rng.gauss(0, 1.2) for place in places}
    answers: dict[tuple[object, ...], Evidence] = {}
    for _ in range(exams):
        for domain, count in split(65, WEIGHTS).items():
            for place in rng.sample([place for place in places if place[0] == domain], count):
                rating = rng.choice([55, 60, 65, 70, 75, 80, 85])
                right = rng.random() < expit(logit(rating / 100) + strengths[place])
                answers[place] = answers.get(place, Evidence()) + Evidence(1, int(right), rating)
    topics = syllabus_mastery(answers).topics
    return [(strengths[place], topics[place[2]]) for place in places if place[2] in topics]


def correlated(seed: int, exams: int) -> float:
    """Return the correlation of true and estimated chances."""
    pairs = [(expit(logit(0.7) + true), expit(logit(0.7) + topic.strength)) for true, topic in simulated(seed, exams)]
    return statistics.correlation(*zip(*pairs, strict=True))


def test_ten_exams_recover_the_strengths_of_the_topics() -> None:
    correlations = [correlated(seed, exams=10) for seed in range(30)]
    assert statistics.fmean(correlations) >= 0.8


def test_more_exams_recover_them_better() -> None:
    one, three, thirty = (statistics.fmean(correlated(seed, exams) for seed in range(10)) for exams in (1, 3, 30))
    assert 0.5 < one < three < 0.8 < thirty


@pytest.mark.parametrize("exams", [1, 6, 10])
def test_verdicts_are_as_often_right_as_their_words_say(exams: int) -> None:
    """Of the topics said to be on one side of the standard, nine in ten are; of those probably so, two in three."""
    sides: dict[str, list[bool]] = {}
    for seed in range(20):
        for strength, topic in simulated(seed, exams):
            is_near = abs(expit(logit(topic.standard) + strength) - topic.standard) <= 0.15
            holds = is_near if topic.verdict == "near" else (strength < 0) == ("below" in topic.verdict)
            sides.setdefault(topic.verdict, []).append(holds)
    share = {verdict: statistics.fmean(held) for verdict, held in sides.items()}
    assert all(share.get(verdict, 1) >= 0.9 for verdict in ("below", "above"))
    assert all(0.9 > share[verdict] >= PROBABLE for verdict in ("probably_below", "probably_above"))
    assert share["near"] == pytest.approx({1: 0.5, 6: 0.6, 10: 0.7}[exams], abs=0.05), "as the page on scores says"


@given(
    n=st.integers(1, 30),
    right=st.integers(0, 29),
    rating=st.integers(30, 95),
    others=st.integers(0, 40),
    data=st.data(),
)
def test_one_more_right_answer_never_lowers_an_estimate(
    n: int, right: int, rating: int, others: int, data: st.DataObject
) -> None:
    right = min(right, n - 1)
    neighbor = {(1, "1.1", "b"): Evidence(others, data.draw(st.integers(0, others)), 70 * others)} if others else {}
    less, more = (
        syllabus_mastery({(1, "1.1", "a"): Evidence(n, count, rating * n)} | neighbor) for count in (right, right + 1)
    )
    for level in ("topics", "tasks", "domains"):
        for key, mastery in getattr(less, level).items():
            assert getattr(more, level)[key].mean >= mastery.mean
    assert more.total.mean > less.total.mean
    for mastery in (more.topics["a"], more.total):
        lo, hi = mastery.interval
        assert 0 <= lo < mastery.mean < hi <= 1


def test_topics_below_the_standard_are_studied_first_then_those_with_most_points_to_gain() -> None:
    """The only two topics below the standard were not among the six that were named weak."""
    answers = {(1, "1.1", "small"): Evidence(6, 0, 420), (1, "1.2", "big"): Evidence(2, 1, 140)}
    topics = syllabus_mastery(answers | {(1, "1.3", "middle"): Evidence(2, 1, 140)}).topics
    assert {key: topic.verdict for key, topic in topics.items()} == {
        "small": "below",
        "big": "probably_below",
        "middle": "probably_below",
    }
    assert weakest_first(topics, {"small": 0.1, "middle": 2, "big": 5}) == ["small", "big", "middle"]


def test_of_the_topics_to_practice_unseen_ones_come_before_those_near_the_standard_or_above_it() -> None:
    """One mock exam showed half of the topics, and for three days no other one was practiced."""
    verdicts: dict[str, Verdict] = {
        "one right": "probably_above",
        "known": "above",
        "half right": "near",
        "weak": "below",
        "missed": "probably_below",
        "missed, few points": "probably_below",
        "new": "unseen",
        "new, few points": "unseen",
        "told little": "few",
        "practiced": "probably_above",
    }
    gains = {topic: float(n) for n, topic in enumerate(reversed(verdicts))} | {"practiced": 9.5, "weak": 0.1}
    wanted, failed = verdicts.keys() - {"practiced"}, ("missed", "missed, few points")
    assert in_study_order(verdicts, gains, wanted, failed) == [
        "weak",
        "practiced",
        *("missed", "new", "missed, few points", "told little", "new, few points"),
        *("one right", "half right"),
        "known",
    ]
    assert in_study_order(verdicts, gains, wanted)[2:7] == [
        *("new", "missed", "new, few points", "missed, few points", "told little"),
    ], "unseen ones take turns with seen ones"
    first = in_study_order({"above": "probably_above", "new": "unseen"}, {"above": 9}, ("above", "new"), ("above",))
    assert first == ["above", "new"], "what was missed in the mock exam is not put off"
