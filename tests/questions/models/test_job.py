"""Test that claims and signs of life are in one table."""

import re

from django.apps import apps

ALLOWED = {
    "questions.Job.due_at",
    "questions.Job.claimed_at",
    "questions.Job.claims",
    "questions.Job.tries",
    "questions.Job.progress",
    "exams.Heartbeat.beat_at",
    # Scoring keeps its own path: the submitted attempt is its job.
    "exams.Attempt.scoring_tries",
    # The place of a ruling and what it has changed so far, which its page shows.
    "exams.KeyRuling.progress",
}
CLAIM = re.compile(r"claim|seen|beat|alive|silen|worker|interrupt|progress|\btries|_tries|retry|due_at")


def test_no_table_but_jobs_has_a_claim_or_a_sign_of_life() -> None:
    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for app in ("questions", "exams")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_concrete_fields
        if CLAIM.search(field.name)
    }
    assert found >= ALLOWED, "the search finds what it should"
    assert found - ALLOWED == set()
