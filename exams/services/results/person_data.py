"""Write everything that is stored about one person as a ZIP of JSON and CSV files."""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.utils.translation import gettext as _

from exams.models import (
    Allowance,
    Attempt,
    AttemptEvent,
    Candidate,
    KeyRuling,
    Outage,
    Reminders,
    RepetitionCard,
    Response,
    Roster,
    Sitting,
)
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results.export import ATTEMPTS_PER_CHUNK, Json, export_chunk, iso_utc
from exams.services.results.shown_scores import ShownScores, shown_scores
from questions.content.schema import LETTERS
from questions.formats.csv_tables import table_for_people
from questions.models import (
    AnalysisRun,
    AutosavedEdit,
    Collection,
    History,
    Image,
    ImportBatch,
    Question,
    QuestionReport,
    RaterRating,
    Revision,
    ScaleActivation,
    ScaleVersion,
    User,
    Waiver,
)

type IsDisclosed = Callable[[Attempt, Response], bool]
type Progress = Callable[[int], None]
type CardsOf = Callable[[Candidate], Iterable[RepetitionCard]]

ATTEMPT_COLUMNS = (
    *("attempt", "exam", "mode", "practice_kind", "status", "started", "submitted", "closed_by"),
    *("score", "passed", "pass_mark", "scratchpad"),
)
ANSWER_COLUMNS = (
    *("attempt", "exam", "mode", "position", "question", "domain", "task", "topic", "response", "key", "also"),
    *("correct", "credited", "scored", "flagged", "confidence", "seconds", "shown", "notes"),
)
# What the rows of staff say about their work: the name in the file, the table, the column of the user, other columns.
WORK: Sequence[tuple[str, type[Model], str, Sequence[str]]] = (
    ("questions", Question, "author", ("code",)),
    ("revisions", Revision, "made_by", ("question__code", "number", "reason", "submitted_at", "published_at")),
    ("autosaved_edits", AutosavedEdit, "user", ("question__code", "at", "data")),
    ("waivers", Waiver, "by", ("question__code", "rule", "reason")),
    ("ratings", RaterRating, "rater", ("question__code", "value")),
    ("history", History, "by", ("question__code", "at", "action")),
    ("images", Image, "made_by", ("sha256", "at", "width", "height")),
    ("imports", ImportBatch, "by", ("at", "file", "format", "state")),
    ("scales", ScaleVersion, "activated_by", ("number",)),
    ("scale_decisions", ScaleActivation, "by", ("scale__number", "at")),
    ("item_analyses", AnalysisRun, "by", ("requested_at", "cause")),
    ("key_rulings", KeyRuling, "by", ("revision__question__code", "at", "reason")),
    ("extra_time", Allowance, "by", ("at", "minutes", "reason")),
    ("attempt_events", AttemptEvent, "by", ("at", "kind")),
    ("outages", Outage, "by", ("began_at", "ended_at", "decision", "decided_at")),
    ("rosters", Roster, "owner", ("name",)),
    ("collections", Collection, "owner", ("slug", "title")),
    ("sittings", Sitting, "owner", ("name", "code", "opens_at", "closes_at")),
    ("admin_log", LogEntry, "user", ("action_time", "object_repr", "change_message")),
)
CONFIDENCE_WORDS = {None: "", 1: "guess", 2: "unsure", 3: "sure"}


@dataclass(frozen=True, slots=True)
class Person:
    """An account, a guest, or an account with the guest of the same browser."""

    user: User | None
    candidates: Sequence[Candidate]


def write_person(
    target: IO[bytes],
    person: Person,
    is_disclosed: IsDisclosed,
    cards_of: CardsOf,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Write the ZIP and return the number of attempts in it; `progress` is told after each chunk how many are done.

    `is_disclosed` says of which responses the key may be shown now, and `cards_of` returns the repetition cards of a
    candidate as they are now. Attempts are read in chunks of constant size.
    """
    attempt_rows: list[Sequence[str]] = [ATTEMPT_COLUMNS]
    answers: list[Sequence[str]] = [ANSWER_COLUMNS]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def member(name: str) -> zipfile.ZipInfo:
            info = zipfile.ZipInfo(name, now.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            return info

        archive.writestr(member("README.txt"), _readme())
        archive.writestr(member("person.json"), _json(_person(person, cards_of, now)))
        with archive.open(member("attempts.json"), "w") as file:
            file.write(b"[")
            for n, attempt in enumerate(_attempts(person.candidates, is_disclosed)):
                if progress and n and n % ATTEMPTS_PER_CHUNK == 0:
                    progress(n)
                file.write((b",\n" if n else b"\n") + json.dumps(attempt, ensure_ascii=False).encode())
                attempt_rows.append(_attempt_row(attempt))
                answers.extend(answer_rows(attempt))
            file.write(b"\n]\n")
        archive.writestr(member("attempts.csv"), table_for_people(attempt_rows))
        archive.writestr(member("answers.csv"), table_for_people(answers))
    return len(attempt_rows) - 1


def _attempts(candidates: Iterable[Candidate], is_disclosed: IsDisclosed) -> Iterator[Json]:
    shown = shown_scores([candidate.pk for candidate in candidates])
    rows = (
        Attempt.objects.filter(candidate__in=candidates)
        .select_related("form__blueprint", "report", "sitting")
        .order_by("pk")
    )
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:ATTEMPTS_PER_CHUNK]):
        by_key = {attempt.pk: attempt for attempt in chunk}
        responses = Response.objects.filter(attempt__in=by_key).select_related("revision")
        hidden = {
            (response.attempt_id, response.position)
            for response in responses.only(
                *("attempt", "position", "first_shown", "revealed_at", "revision__question_id"),
            )
            if not is_disclosed(by_key[response.attempt_id], response)
        }
        for attempt, exported in zip(chunk, export_chunk(chunk, hidden), strict=True):
            yield exported if shown.shows_report(attempt) else exported | {"score": _score_alone(attempt, shown)}
        last = chunk[-1].pk


def _score_alone(attempt: Attempt, shown: ShownScores) -> Json | None:
    """Return what a class lets its participants know of the score before the answers are released, if anything."""
    if attempt.report is None or not shown.shows_score(attempt):
        return None
    return {name: getattr(attempt.report, name) for name in ("scaled", "passed", "pass_mark")}


def _person(person: Person, cards_of: CardsOf, now: datetime) -> Json:
    return {
        "made": iso_utc(now),
        "account": _account(person.user) if person.user else None,
        "candidates": [_candidate(candidate, cards_of(candidate)) for candidate in person.candidates],
    }


def _account(user: User) -> Json:
    return {
        "name": user.get_username(),
        "display_name": user.display_name,
        "email": user.email,
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
        ),
        "second_factors": list(
            Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
        ),
        "joined": iso_utc(user.date_joined),
        "last_sign_in": iso_utc(user.last_login),
        "told_that_idle": iso_utc(user.idle_notice_at),
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
        "work": {
            name: rows
            for name, table, column, columns in WORK
            if (rows := list(table._default_manager.filter(**{column: user}).order_by("pk").values(*columns)))
        },
    }


def _candidate(candidate: Candidate, cards: Iterable[RepetitionCard]) -> Json:
    cards = list(cards)
    codes = dict(Question.objects.filter(pk__in=[card.question_id for card in cards]).values_list("pk", "code"))
    addresses = AttemptEvent.objects.filter(attempt__candidate=candidate, data__has_key="address")
    goals = candidate.study_goals.order_by("exam")
    marks = candidate.topic_marks.select_related("topic").order_by("topic__slug")
    reports = list(
        QuestionReport.objects.filter(candidate_uuid=candidate.uuid)
        .select_related("revision__question")
        .order_by("at", "pk")
    )
    # Neither the code of a question in an open exam, which people may look up, nor what staff wrote about it.
    hidden = hidden_from([candidate.pk]) if reports else frozenset()
    return {
        "guest": candidate.user_id is None,
        "since": iso_utc(candidate.created_at),
        "target_dates": {goal.exam: goal.target_date.isoformat() for goal in goals if goal.target_date is not None},
        "daily_questions": {goal.exam: goal.daily_questions for goal in goals if goal.daily_questions is not None},
        "preferences": candidate.preferences,
        "reminders": list(
            Reminders.objects.filter(candidate=candidate).values(
                *("zone", "hour", "feed", "email", "practice", "reviews", "mail_at", "mailed_at")
            )
        ),
        "extra_percent": candidate.extra_percent,
        "extra_minutes": candidate.extra_minutes,
        "stars": [
            {"question": star.question.code, "at": iso_utc(star.created_at)}
            for star in candidate.stars.select_related("question").order_by("created_at", "pk")
        ],
        "topic_marks": [
            {"topic": mark.topic.slug, "read": iso_utc(mark.read_at), "done": iso_utc(mark.done_at)} for mark in marks
        ],
        "repetition_cards": [
            {
                "question": codes[card.question_id],
                "state": card.get_state_display(),
                "stability": card.stability,
                "difficulty": card.difficulty,
                "due": iso_utc(card.due),
                "last_review": iso_utc(card.last_review),
            }
            for card in cards
        ],
        "flash_cards": [
            {
                "exam": card.exam,
                "kind": card.kind,
                "name": card.name,
                "state": card.get_state_display(),
                "stability": card.stability,
                "difficulty": card.difficulty,
                "due": iso_utc(card.due),
                "first_review": iso_utc(card.first_review),
                "last_review": iso_utc(card.last_review),
            }
            for card in candidate.flash_cards.order_by("exam", "kind", "name")
        ],
        "sittings": [
            {
                "sitting": row.sitting.name,
                "name": row.name,
                "email": row.entry.email if row.entry else None,
                "joined": iso_utc(row.joined_at),
                "removed": iso_utc(row.removed_at),
                "extra_minutes": row.extra_minutes,
                "extra_attempts": row.extra_attempts,
            }
            for row in candidate.participations.select_related("sitting", "entry").order_by("joined_at", "pk")
        ],
        "browsers": [  # of exams with a class
            {
                "attempt": str(event.attempt.uuid),
                "at": iso_utc(event.at),
                "kind": event.kind,
                "address": event.data["address"],
            }
            for event in addresses.select_related("attempt")
        ],
        "reports": [
            {
                "question": None if report.revision.question_id in hidden else report.revision.question.code,
                "at": iso_utc(report.at),
                "text": report.text,
                "status": report.status,
                "outcome": None if report.revision.question_id in hidden else report.outcome,
            }
            for report in reports
        ],
    }


def _attempt_row(attempt: Json) -> list[str]:
    score = attempt["score"] or {"scaled": None, "passed": None, "pass_mark": None}
    shared = ("attempt", "blueprint", "mode", "practice_kind", "status", "started", "submitted", "closed_by")
    cells = [attempt[name] for name in shared]
    return [_cell(value) for value in (*cells, *(score[name] for name in ("scaled", "passed", "pass_mark")))] + [
        attempt["scratchpad"]
    ]


def answer_rows(attempt: Json) -> Iterator[list[str]]:
    """Return the rows under ANSWER_COLUMNS of an exported attempt: options have the letters that the page showed."""
    exam = [attempt["attempt"], attempt["blueprint"], attempt["mode"]]
    for slot in attempt["slots"]:
        cells = [*exam, slot["position"], *(slot.get(name) for name in ("question", "domain", "task", "topic"))]
        letters = dict(zip(slot.get("order", ()), LETTERS, strict=False))
        options = [
            " ".join(sorted(letters.get(code, code) for code in slot.get(name, ())))
            for name in ("response", "key", "also")
        ]
        facts = [slot.get(name) for name in ("correct", "credited", "scored")]
        rest = [*facts, slot["flagged"], CONFIDENCE_WORDS[slot["confidence"]]]
        yield [_cell(value) for value in (*cells, *options, *rest, slot["seconds"], slot["shown"], slot["notes"])]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder) + "\n"


def _readme() -> str:
    return _(
        "Everything that mlsprep stores about you. Times are in UTC.\n"
        "\n"
        "person.json    account, settings, stars, topic marks, exams with a class and the browsers that wrote\n"
        "               them, your reports about questions, the work of staff, and repetition cards: the questions\n"
        "               that come back, and when each is due; the same of the flash cards that you rated\n"
        "attempts.json  your exams and practice with every answer, note and highlight\n"
        "attempts.csv   one line for each exam and practice\n"
        "answers.csv    one line for each question\n"
        "\n"
        "Options are named by their codes, in answers.csv by the letters that the page showed. Questions whose\n"
        "solution cannot be shown yet, because an exam or practice is open or you have not seen them, have no key,\n"
        "and the letters of the options as the page showed them.\n"
        "Those of a class exam, also of one that others sit, are hidden until the class exam ends.\n"
    )
