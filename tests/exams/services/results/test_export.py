"""Test that an export has everything to recompute the score."""

import json
import math
import random
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Allowance, Attempt, Form, Note, Response
from exams.services.analysis import simulation
from exams.services.attempt import ending, extra_time
from exams.services.results import export, scoring
from questions.models import Blueprint, Option
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def scored(blueprint: Blueprint, theta: float = 0.0, seed: int = 1, now: datetime = NOW) -> Attempt:
    """Return an exam by a candidate of this ability, with its score."""
    attempt = simulation.simulate_exam(blueprint, theta, random.Random(seed), now)
    assert scoring.score(attempt.pk, now)
    return Attempt.objects.get(pk=attempt.pk)


def exported(attempt: Attempt) -> dict[str, Any]:
    """Return the export as a reader of the file gets it."""
    [content] = export.export_chunk([attempt])
    return json.loads(json.dumps(content))


# --- The score recomputed from the published rules and the export alone -----------------------


def round_half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def right(slot: dict[str, Any]) -> bool:
    return slot["response"] == slot["key"]


def chance_of_at_least(least: int, chances: list[float]) -> float:
    """Return P(X >= least) of a sum of independent trials, by adding one trial at a time."""
    spread = {0: 1.0}
    for p in chances:
        after: dict[int, float] = Counter()
        for count, mass in spread.items():
            after[count] += mass * (1 - p)
            after[count + 1] += mass * p
        spread = after
    return sum(mass for count, mass in spread.items() if count >= least)


def wilson(x: int, n: int, z: float) -> tuple[float, float]:
    p = x / n
    centre, reach = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (centre - reach) / (1 + z * z / n), (centre + reach) / (1 + z * z / n)
    return (0.0 if x == 0 else low, 1.0 if x == n else high)


def recomputed(one: dict[str, Any]) -> dict[str, Any]:
    """Return the expected `score` by the scoring rules, in exact fractions where they are exact."""
    counted = [slot for slot in one["slots"] if slot["scored"] and not slot["withdrawn"]]
    n, x = len(counted), sum(map(right, counted))
    pass_line = Fraction(sum(slot["rating"] for slot in counted), 100)

    def line(share: Fraction) -> Fraction:
        if share >= pass_line:
            return 750 + 250 * (share - pass_line) / (n - pass_line)
        return 100 + 650 * share / pass_line

    scaled = round_half_up(line(Fraction(x)))
    b = [-math.log(slot["rating"] / (100 - slot["rating"])) for slot in counted]
    at_or_above = again = total = 0.0
    for step in range(-120, 121):
        theta = step / 20
        weight = math.exp(
            x * theta - theta**2 / 2 - sum(math.log(1 + math.exp(theta - difficulty)) for difficulty in b)
        )
        total += weight
        at_or_above += weight if step > 0 else weight / 2 if step == 0 else 0
        again += weight * chance_of_at_least(
            math.ceil(pass_line), [1 / (1 + math.exp(difficulty - theta)) for difficulty in b]
        )
    return {
        "raw": x,
        "n": n,
        "pass_line": f"{float(pass_line):.4f}",
        "kappa": f"{float(pass_line):.4f}",
        "scaled": scaled if x >= pass_line else min(749, scaled),
        "pass_mark": 750,
        "passed": x >= pass_line,
        "band": [round_half_up(line(Fraction(end) * n)) for end in wilson(x, n, 1.0)],
        "p_at_or_above": pytest.approx(at_or_above / total, abs=0.0001),
        "p_pass_again": pytest.approx(again / total, abs=0.0001),
        "domains": [recomputed_domain(d, counted) for d in sorted({slot["domain"] for slot in counted})],
    }


def recomputed_domain(number: int, counted: list[dict[str, Any]]) -> dict[str, Any]:
    slots = [slot for slot in counted if slot["domain"] == number]
    n, x = len(slots), sum(map(right, slots))
    chances = [slot["rating"] / 100 for slot in slots]
    rare_above = chance_of_at_least(x, chances) <= 0.15 + 1e-9
    rare_below = 1 - chance_of_at_least(x + 1, chances) <= 0.15 + 1e-9
    return {
        "domain": number,
        "n": n,
        "correct": x,
        "unanswered": sum(not slot["response"] for slot in slots),
        "percent": round_half_up(Fraction(100 * x, n)),
        "interval": pytest.approx([100 * end for end in wilson(x, n, 1.2815515655446004)], abs=0.0001),
        "expected": pytest.approx(sum(chances), abs=0.0001),
        "class": "below" if rare_below else "above" if rare_above else "near",
    }


@pytest.mark.slow
@pytest.mark.parametrize("theta", [-8.0, -1.0, 0.0, 0.3, 1.5, 12.0])
def test_the_score_can_be_recomputed_from_the_export(theta: float) -> None:
    one = exported(scored(factories.bank(), theta, seed=round(theta * 10)))
    assert one["score"] == recomputed(one)
    assert one["form"]["pass_line"] == one["score"]["pass_line"]


@pytest.mark.slow
def test_exams_with_unanswered_and_withdrawn_questions_can_be_recomputed() -> None:
    attempt = factories.attempt(blueprint=factories.bank())
    ending.finish(attempt, NOW + timedelta(minutes=3))
    Response.objects.filter(attempt=attempt, position__in=[3, 4, 5, 6]).update(withdrawn=True)
    scoring.score(attempt.pk, NOW)
    one = exported(Attempt.objects.get(pk=attempt.pk))
    assert one["score"]["n"] < 50
    assert one["score"] == recomputed(one)


# --- The contract ------------------------------------------------------------------------------


def test_an_export_has_the_keys_of_the_contract() -> None:
    attempt = scored(factories.bank())
    Allowance.objects.create(attempt=attempt, minutes=20, reason="a private reason", at=NOW)
    extra_time.record_wait(attempt, 2, NOW)
    extra_time.record_choice(attempt, 15, NOW)
    one = exported(attempt)
    assert {"attempt", "blueprint", "mode", "started", "deadline", "submitted", "closed_by", "form", "slots"} < set(one)
    assert (one["blueprint"], one["mode"], one["status"], one["closed_by"]) == (
        attempt.blueprint_code,
        "exam",
        "scored",
        "candidate",
    )
    assert one["synthetic"] is True
    assert one["submitted"] == "2026-04-01T09:00:00Z"
    assert one["form"] == {
        "seed": attempt.form.seed,
        "pass_line": f"{attempt.form.pass_line_100 / 100:.2f}00",
        "kappa": f"{attempt.form.pass_line_100 / 100:.2f}00",
        "rule": "rating",
        "provisional": True,
    }
    kinds = [event["kind"] for event in one["events"]]
    assert [kind for kind in kinds if kind != "allowance"] == ["started", "finished", "scored"]
    assert one["events"][0]["at"] == one["started"]
    assert one["allowances"] == [
        {"at": "2026-04-01T09:00:00Z", "minutes": minutes, "by": by}
        for minutes, by in ((20, "staff"), (2, "server"), (15, "candidate"))
    ]
    assert "a private reason" not in json.dumps(one)
    assert set(one["slots"][0]) == {
        "position", "question", "revision", "domain", "task", "topic", "scored", "withdrawn", "credited", "repeat",
        "rating", "b", "order", "key", "also", "response", "correct", "flagged", "struck", "notes", "highlights",
        "confidence", "seconds", "shown", "revealed",
    }  # fmt: skip


def test_an_exam_has_65_questions_split_by_the_blueprint() -> None:
    slots = exported(scored(factories.bank()))["slots"]
    assert [slot["position"] for slot in slots] == list(range(1, 66))
    assert Counter(slot["domain"] for slot in slots if slot["scored"]) == {1: 10, 2: 12, 3: 18, 4: 10}
    assert Counter(slot["domain"] for slot in slots if not slot["scored"]) == {1: 3, 2: 4, 3: 5, 4: 3}


def test_options_have_their_authored_codes_in_the_order_shown() -> None:
    attempt = scored(factories.small_blueprint(), theta=-1.0)
    for slot, response in zip(exported(attempt)["slots"], attempt.responses.all(), strict=True):
        code = dict(Option.objects.filter(revision=response.revision_id).values_list("bit", "code"))
        assert slot["order"] == [code[bit] for bit in response.bits]
        assert slot["key"] == (["a", "b"] if response.choose == 2 else ["a"])
        assert slot["response"] == sorted(code[bit] for bit in code if response.ticked >> bit & 1)
        assert slot["correct"] == (slot["key"] == slot["response"])
        assert slot["b"] is None
        assert slot["question"] == response.revision.question.code


def test_score_is_null_before_scoring() -> None:
    attempt = factories.attempt()
    ending.finish(attempt, NOW + timedelta(minutes=1))
    assert exported(attempt)["score"] is None


# --- Many attempts -----------------------------------------------------------------------------


def test_finished_exams_are_exported_and_with_everything_all_attempts() -> None:
    blueprint = factories.small_blueprint()
    done = scored(blueprint)
    running, pending, ended = (factories.attempt(blueprint=blueprint) for _ in range(3))
    ending.finish(pending, NOW + timedelta(minutes=1))
    ending.abandon(ended, NOW + timedelta(minutes=1))
    assert set(export.exportable_attempts()) == {done, pending}
    assert set(export.exportable_attempts(everything=True)) == {done, running, pending, ended}


def test_since_selects_attempts_submitted_or_scored_since_then() -> None:
    blueprint = factories.small_blueprint()
    old, late = (simulation.simulate_exam(blueprint, 0, random.Random(seed), NOW) for seed in (1, 2))
    scoring.score(old.pk, NOW)
    scoring.score(late.pk, NOW + timedelta(days=2))
    new = scored(blueprint, seed=3, now=NOW + timedelta(days=2))
    assert set(export.exportable_attempts(since=NOW + timedelta(days=1))) == {late, new}
    assert set(export.exportable_attempts(since=NOW + timedelta(days=1), everything=True)) == {late, new}


def test_a_stream_has_every_attempt_once_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    blueprint = factories.small_blueprint()
    wanted = [str(scored(blueprint, seed=seed).uuid) for seed in range(5)]
    monkeypatch.setattr(export, "ATTEMPTS_PER_CHUNK", 2)
    assert [one["attempt"] for one in export.export_attempts(export.exportable_attempts())] == wanted


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_is_constant(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    blueprint = factories.small_blueprint()
    for seed in range(count):
        scored(blueprint, seed=seed)
    with django_assert_num_queries(8):  # attempts, their six tables, and the query that finds no more
        assert len(list(export.export_attempts(export.exportable_attempts()))) == count
    assert Form.objects.count() == count


def test_a_highlight_in_an_option_that_the_question_lacks_is_skipped() -> None:
    attempt = factories.handed_in(2, blueprint=factories.small_blueprint())
    highlights = {"29": [[0, 1]], "x": [[0, 1]], "stem": [[2, 7]]}
    Note.objects.create(attempt=attempt, position=1, highlights=highlights, version=1)
    assert exported(attempt)["slots"][0]["highlights"] == {"stem": [[2, 7]]}
    (hidden,) = export.export_chunk([attempt], hidden={(attempt.pk, 1)})
    assert hidden["slots"][0]["highlights"] == {"stem": [[2, 7]]}


def test_an_export_has_what_the_candidate_wrote_and_marked() -> None:
    attempt = factories.handed_in(2, blueprint=factories.small_blueprint())
    response = attempt.responses.get(position=2)
    codes = dict(Option.objects.filter(revision=response.revision_id).values_list("bit", "code"))
    first, last = response.bits[0], response.bits[-1]
    Response.objects.filter(pk=response.pk).update(struck=(1 << first) | (1 << last), confidence=1)
    highlights = {"stem": [[2, 7]], str(last): [[0, 6]]}
    Note.objects.create(attempt=attempt, position=2, text="Read again.", highlights=highlights, version=1)
    Note.objects.create(attempt=attempt, position=0, text="1 h: question 30", version=1)
    one = exported(attempt)
    assert one["scratchpad"] == "1 h: question 30"
    slots = {slot["position"]: slot for slot in one["slots"]}
    assert slots[2]["struck"] == sorted([codes[first], codes[last]])
    assert slots[2]["notes"] == "Read again."
    assert slots[2]["highlights"] == {"stem": [[2, 7]], codes[last]: [[0, 6]]}
    assert slots[2]["confidence"] == 1
    plain = {key: slots[1][key] for key in ("struck", "notes", "highlights", "confidence")}
    assert plain == {"struck": [], "notes": "", "highlights": {}, "confidence": None}
