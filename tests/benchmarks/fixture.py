"""Signed-in candidates of both exams, what is stored after a run, and whether it is what the candidates did.

Django of the site is set up here; import this module after `installation` has set the environment.
"""

import json
import os
import random
from datetime import timedelta

import django
import psycopg

os.environ["DJANGO_SETTINGS_MODULE"] = "mlsprep.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from exams import access  # noqa: E402
from exams.models import Attempt, Response  # noqa: E402
from exams.services.people import candidates as people  # noqa: E402
from questions.models import AnalysisRun, Option, Revision, User  # noqa: E402
from tests.benchmarks.browser import Browser  # noqa: E402
from tests.benchmarks.candidates import BareCandidate, Candidate  # noqa: E402

EXAM = "/exams/mls-c01/"
PASSWORD = "correct horse battery staple"
BARE_TABLES = """
CREATE TABLE question (id serial PRIMARY KEY, stem text NOT NULL, options jsonb NOT NULL, key int NOT NULL);
CREATE TABLE attempt (id serial PRIMARY KEY, owner int NOT NULL, deadline timestamptz NOT NULL,
    is_open bool NOT NULL DEFAULT true, score int);
CREATE TABLE response (attempt_id int REFERENCES attempt, position int, question_id int REFERENCES question,
    ticked int, version int NOT NULL DEFAULT 0, PRIMARY KEY (attempt_id, position));
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz);
"""
ATTEMPT_TABLES = ("exams_attempt", "exams_response", "exams_form", "exams_attemptevent", "exams_scorereport")


def make_candidates(count: int, port: int) -> list[Candidate]:
    """Return candidates with an account whose browsers are signed in."""
    made, password = [], make_password(PASSWORD)  # to hash it for each takes longer than everything else
    for number in range(count):
        user = User.objects.create(username=f"candidate-{number}", password=password)
        candidate = people.get_or_create_candidate(user, None, timezone.now())
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[access.CANDIDATE_KEY], session[access.EPOCH_KEY] = candidate.pk, candidate.epoch
        session.create()
        browser = Browser(port, {"sessionid": str(session.session_key)})
        made.append(Candidate(browser, EXAM, random.Random(number)))
    return made


def make_bare_candidates(count: int, port: int, database_url: str) -> list[BareCandidate]:
    """Give the yardstick the questions of the bank, and return its candidates, signed in."""
    options: dict[int, list[str]] = {}
    for revision, html in Option.objects.order_by("ordinal").values_list("revision_id", "text_html"):
        options.setdefault(revision, []).append(html)
    stems = Revision.objects.filter(question__status="live").values_list("pk", "stem_html")
    with psycopg.connect(database_url) as bare:
        bare.execute(BARE_TABLES)
        for pk, stem in stems:
            row = (stem, json.dumps(options[pk]), 0)
            bare.execute("INSERT INTO question (stem, options, key) VALUES (%s, %s, %s)", row)
    made = [BareCandidate(Browser(port), random.Random(number)) for number in range(count)]
    for number, candidate in enumerate(made):
        candidate.browser.get(f"/sign-in/{number}/", "sign-in")
    return made


def wrong_answers(candidates: list[Candidate]) -> int:
    """Return how many stored answers or scores differ from what the candidates did: read again from the database."""
    wrong = 0
    for candidate in candidates:
        uuids = {attempt.strip("/").split("/")[1] for attempt, _ in candidate.answers}
        for uuid in uuids:
            rows = Response.objects.filter(attempt__uuid=uuid)
            points = 0
            for row in rows:
                wrong += row.ticked != candidate.answers[f"/attempts/{uuid}/", row.position]
                points += row.scored and row.ticked == row.key
            report = Attempt.objects.get(uuid=uuid).report
            wrong += report is None or report.raw != points
    return wrong


def stored() -> tuple[int, int]:
    """Return the number of attempts, and the bytes of their tables with all indexes, after a VACUUM."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT sum(pg_total_relation_size(t)) FROM unnest(%s::regclass[]) AS t", [list(ATTEMPT_TABLES)])
        return Attempt.objects.count(), int(cursor.fetchone()[0])


def let_time_run_out() -> int:
    """Move the deadlines of the open exams into the past, and return how many there are."""
    past = timezone.now() - timedelta(minutes=1)
    return Attempt.objects.open().update(started_at=past - timedelta(hours=3), deadline=past)


def unscored() -> int:
    """Return the number of exams that have no score yet."""
    return Attempt.objects.filter(report=None).count()


def analyses_to_do() -> int:
    """Return 1 until the analysis of the night has run, which a new installation makes up after its first exam."""
    return int(not AnalysisRun.objects.filter(finished_at__isnull=False).exists())


def close() -> None:
    connection.close()
