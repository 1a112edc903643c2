"""Test `calibrate`: the first scale, its extension, what is refused, and activation by a human."""

import json
import random
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exams.models import Attempt, Response
from exams.psychometrics import scaling
from exams.services.analysis import scale_versions
from exams.services.attempt import ending
from exams.services.results import scoring
from questions.models import Blueprint, ItemParameter, Question, ScaleActivation, ScaleVersion
from questions.services.bank_version import bank_version
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.walk]

PER_DOMAIN = (24, 29, 42, 25)  # 120 questions: with 65 in each exam, 100 exams give each about 54 responses
EXAMS = 140
HARDER = 0.4  # logits, than the ratings say


def calibrate(*args: str) -> dict[str, Any]:
    out = StringIO()
    call_command("calibrate", "--json", *args, stdout=out)
    return json.loads(out.getvalue())


def sit(blueprint: Blueprint, exams: int, *, synthetic: bool = True, seed: int = 0, scored: bool = True) -> None:
    """Let candidates sit exams whose questions have alternating errors of their ratings. Fast: no clicks are saved."""
    rng = random.Random(seed)
    for number in range(exams):
        attempt = factories.attempt(factories.candidate(), blueprint, seed=f"{seed}-{number}", synthetic=synthetic)
        theta = rng.gauss(0.2, 0.9)
        rows = list(attempt.responses.all())
        for row in rows:
            right = rng.random() < scaling.chance(theta, true_difficulty(row.revision_id, row.rating))
            wrong = next(1 << bit for bit in range(5) if not row.key >> bit & 1)
            row.ticked, row.first_shown, row.seconds = (row.key if right else wrong), NOW, 60
        Response.objects.bulk_update(rows, ["ticked", "first_shown", "seconds"])
        ending.finish(attempt, NOW)
        if scored:
            assert scoring.score(attempt.pk, NOW)


def true_difficulty(revision: int, rating: int) -> float:
    return scaling.difficulty(rating) + (HARDER if revision % 2 else -HARDER)


@pytest.fixture(scope="module")
def sample(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """Sit the exams once: they take longer than all tests."""
    with django_db_blocker.unblock():
        from django.test import TestCase

        atomics = TestCase._enter_atomics()  # type: ignore[attr-defined]
        blueprint = factories.bank(PER_DOMAIN)
        sit(blueprint, EXAMS)
        yield blueprint
        TestCase._rollback_atomics(atomics)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _own_versions(db: None) -> None:
    """Keep the pool away that another test has read of the same bank with a scale of its own."""
    factories.start_versions()


def test_the_first_scale_puts_the_standard_where_the_ratings_say(sample: Blueprint) -> None:
    result = calibrate("--synthetic")
    items = result["items"]
    assert len(items) >= 100
    assert all(item["n"] >= 50 and not item["anchor"] and 0.1 < item["se"] < 0.4 for item in items)
    ratings = dict(Question.objects.values_list("code", "rating"))
    right_at_standard = sum(scaling.chance(0, item["b"]) for item in items)
    assert right_at_standard == pytest.approx(sum(ratings[item["question"]] for item in items) / 100, abs=0.01)
    assert len(result["reference"]) == 50
    assert set(result["reference"]) <= {item["b"] for item in items}
    assert (result["mu"], result["sigma"]) == pytest.approx((0.2, 0.9), abs=0.25)
    revisions = {row.revision.question.code: row for row in ItemParameter.objects.select_related("revision__question")}
    errors = [
        item["b"] - true_difficulty(revisions[item["question"]].revision_id, ratings[item["question"]])
        for item in items
    ]
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.35


def test_nothing_is_active_without_a_decision(sample: Blueprint) -> None:
    version = bank_version()
    result = calibrate("--synthetic")
    assert not ScaleVersion.objects.filter(active=True).exists()
    assert not ScaleActivation.objects.exists()
    assert bank_version() == version
    assert factories.attempt(blueprint=sample).form.rule == "rating"
    assert result["preview"]["forms"] == 100
    again = calibrate("--synthetic")
    assert ScaleVersion.objects.count() == 1  # a version that nobody decided on is replaced
    assert again["items"] == result["items"]


def test_an_activated_scale_gives_new_exams_their_pass_line(sample: Blueprint) -> None:
    result = calibrate("--synthetic", "--activate")
    scale = ScaleVersion.objects.get(active=True)
    activation = scale.activations.get()
    assert (activation.by, activation.evidence) == (None, result["preview"])
    attempt = factories.attempt(blueprint=sample, synthetic=True)
    assert (attempt.form.rule, attempt.form.scale) == ("calibrated", scale)
    earlier = Attempt.objects.filter(report__isnull=False).exclude(pk=attempt.pk).select_related("form")[0]
    assert (earlier.form.rule, earlier.form.scale) == ("rating", None)


def test_the_preview_compares_pass_lines_and_results(sample: Blueprint) -> None:
    result = calibrate("--synthetic")["preview"]
    last = Attempt.objects.filter(report__isnull=False).order_by("-pk").select_related("report")[:100]
    passed = sum(bool(attempt.report and attempt.report.passed) for attempt in last)
    assert result["pass_rate_before"] == passed / 100
    assert result["pass_rate_after"] * 100 == passed + result["would_pass"] - result["would_fail"]
    pass_lines = [float(attempt.report.pass_line) for attempt in last if attempt.report]
    assert result["pass_line_before"]["mean"] == pytest.approx(sum(pass_lines) / 100, abs=1e-4)
    assert result["pass_line_after"]["min"] <= result["pass_line_after"]["mean"] <= result["pass_line_after"]["max"]


def test_an_extension_keeps_the_difficulties_and_the_reference_form(sample: Blueprint) -> None:
    first = calibrate("--synthetic", "--activate")
    known = {item["question"]: item["b"] for item in first["items"]}
    dropped = sorted(known)[:5]
    # Five questions without a difficulty yet, as if they had come later.
    active = ScaleVersion.objects.get(active=True)
    active.parameters.filter(revision__question__code__in=dropped).delete()
    second = calibrate("--synthetic")
    anchors = {item["question"]: item["b"] for item in second["items"] if item["anchor"]}
    added = {item["question"]: item["b"] for item in second["items"] if not item["anchor"]}
    assert anchors == {code: b for code, b in known.items() if code not in dropped}
    assert second["reference"] == first["reference"]
    assert set(dropped) <= set(added)
    assert [added[code] for code in dropped] == pytest.approx([known[code] for code in dropped], abs=0.02)
    assert ScaleVersion.objects.get(active=True).number == first["scale"]
    assert ScaleVersion.objects.get(number=second["scale"]).base == active


def test_simulated_exams_never_mix_with_real_ones(sample: Blueprint) -> None:
    with pytest.raises(CommandError, match=r"Questions with so many: 0\. Finished exams: 0\."):
        calibrate()


def test_a_scale_from_simulated_exams_applies_to_no_real_exam(sample: Blueprint) -> None:
    calibrate("--synthetic", "--activate")
    real = factories.attempt(blueprint=sample)
    assert (real.form.rule, real.form.scale) == ("rating", None)
    assert not real.responses.exclude(b=None).exists()
    assert factories.attempt(factories.candidate(), sample, synthetic=True).form.rule == "calibrated"


def test_a_scale_from_simulated_exams_is_refused_once_a_real_exam_has_a_score(sample: Blueprint) -> None:
    calibrate("--synthetic")
    sit(sample, 1, synthetic=False, scored=False)
    version = ScaleVersion.objects.get()
    scale_versions.check_activation(version)
    sit(sample, 1, synthetic=False)
    with pytest.raises(RefusedError, match="simulated exams"):
        scale_versions.activate(version, by=None, now=NOW)
    with pytest.raises(CommandError, match="simulated exams"):
        calibrate("--synthetic", "--activate")
    assert not ScaleVersion.objects.filter(active=True).exists()


def test_synthetic_scales_go_with_their_data(sample: Blueprint) -> None:
    calibrate("--synthetic", "--activate")
    calibrate("--synthetic")
    assert scale_versions.remove_synthetic() == 2
    assert not ScaleVersion.objects.exists()
    calibrate("--synthetic", "--activate")
    attempt = factories.attempt(blueprint=sample, synthetic=True)
    assert attempt.form.scale is not None
    assert scale_versions.remove_synthetic() == 0
    assert not ScaleVersion.objects.get().active


def test_the_active_scale_cannot_be_activated_again(sample: Blueprint) -> None:
    calibrate("--synthetic", "--activate")
    with pytest.raises(RefusedError, match="active already"):
        scale_versions.activate(ScaleVersion.objects.get(), by=None, now=NOW)


def test_without_exams_nothing_is_stored(db: None) -> None:
    factories.small_blueprint()
    with pytest.raises(CommandError, match="needs 100 scored questions with 50 responses each"):
        calibrate()
    assert not ScaleVersion.objects.exists()


def test_the_command_says_in_words_what_it_did(sample: Blueprint) -> None:
    out = StringIO()
    call_command("calibrate", "--synthetic", stdout=out)
    assert "It is not active. Add --activate to use it." in out.getvalue()
    assert "The last 100 exams, before and after: pass line " in out.getvalue()
