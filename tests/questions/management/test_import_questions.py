"""Test imports by the command and its services: created, updated, unchanged, skipped, refused, undone."""

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from questions.bank_files.load import load
from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.formats import json_file, registry, udemy_csv, yaml_file
from questions.imports import batch_writer, planner, steps
from questions.imports.batch_writer import edited_codes
from questions.imports.plan import ImportPlan, ImportSettings
from questions.imports.planner import match_exam_domain
from questions.imports.steps import import_plan
from questions.models import AutosavedEdit, Enemy, History, ImportBatch, Question, Revision, User
from questions.services import bank_version, question_rows, revisions, stored
from questions.services.errors import RefusedError

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
EXAM = ImportSettings("MLS-C01")
DOMAINS = {1: "Data Engineering", 2: "Exploratory Data Analysis", 3: "Modeling"}


def sample_question(id: str, about: str, **changes: Any) -> QuestionContent:
    options = tuple(
        OptionContent(code, code == "b", f"{word} the {about}", f"{word}: why {code}")
        for code, word in zip("abc", ("Drop", "Keep", "Split"), strict=True)
    )
    stem = f"A company has a problem with its {about}. Which step solves it?"
    return replace(QuestionContent(id=id, stem=stem, options=options, exam_domain=3), **changes)


ONE = sample_question("one-question", "seasonal labels")
TWO = sample_question("two-question", "streaming endpoint of camera pictures")
WRITERS = {
    "yaml": yaml_file.write,
    "json": json_file.write,
    "csv": lambda questions: udemy_csv.write(questions, DOMAINS),
}


@pytest.fixture(autouse=True)
def _bank(bank: Path) -> None:
    load(bank, now=NOW - datetime.timedelta(days=1))


def plan_of(*questions: QuestionContent, format: str = "json", settings: ImportSettings = EXAM) -> ImportPlan:
    return planner.make_plan(registry.read(WRITERS[format](questions), f"x.{format}"), settings)


def imported(
    *questions: QuestionContent, format: str = "json", settings: ImportSettings = EXAM, **options: Any
) -> ImportBatch | None:
    return import_plan(plan_of(*questions, format=format, settings=settings), "x", "0" * 64, **{"now": NOW, **options})


def outcomes(plan: ImportPlan) -> list[str]:
    return [outcome.outcome for outcome in plan.outcomes]


def in_bank(code: str) -> QuestionContent:
    from django.db.models import Q

    return next(stored.questions(Q(code=code))).content


def undo(batch: ImportBatch) -> None:
    steps.undo(batch)
    assert batch.state == "undone"


# --- New questions


def test_questions_are_created_as_drafts_of_one_batch() -> None:
    author = User.objects.create_user("ann")
    batch = imported(ONE, replace(TWO, status="live", rating=55, as_of="2026-11-01", license="CC0-1.0"), by=author)
    assert batch is not None
    assert batch.state == "done"
    assert batch.result["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 0}
    one, two = Question.objects.filter(batch=batch).order_by("code")
    assert (one.status, one.origin, one.collection, one.author) == ("draft", "local", "local", author)
    assert (one.rating, one.raters, two.rating) == (70, 0, 55)
    assert two.status == "draft"
    assert two.current is None
    assert in_bank("one-question") == replace(ONE, rating=70, collection="local")
    assert History.objects.get(question=one).by == author
    assert "it is imported as a draft" in batch.rows.get(number=2).details["notes"][0]


def test_the_settings_fill_in_missing_values_of_the_file() -> None:
    format = ImportSettings(
        "MLS-C01", exam_domain=3, topic="dropout-and-early-stopping", rating=60, license="CC0-1.0", collection="mine"
    )
    imported(replace(ONE, exam_domain=None), replace(TWO, exam_domain=1, rating=80), settings=format)
    one, two = in_bank("one-question"), in_bank("two-question")
    assert (one.task, one.topic, one.rating, one.license) == ("3.4", "dropout-and-early-stopping", 60, "CC0-1.0")
    assert one.collection == "mine"
    assert (two.topic, two.exam_domain, two.rating) == (None, 1, 80), "not the topic of another exam domain"


def test_a_question_without_an_exam_domain_is_refused() -> None:
    plan = plan_of(replace(ONE, exam_domain=None))
    assert outcomes(plan) == ["refused"]
    assert plan.outcomes[0].reasons == ("The file has no exam domain for the question. Choose one.",)


def test_an_unknown_exam_domain_needs_a_mapping() -> None:
    data = udemy_csv.write([ONE], {3: "Deep things"})
    plan = planner.make_plan(registry.read(data, "x.csv"), EXAM)
    assert outcomes(plan) == ["refused"]
    assert plan.unknown_domains == ("Deep things",)
    assert "'Deep things' is not known" in plan.outcomes[0].reasons[0]
    mapped = planner.make_plan(registry.read(data, "x.csv"), replace(EXAM, mapping={"deep things": 2}))
    assert outcomes(mapped) == ["created"]
    assert mapped.planned[0].content.exam_domain == 2


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Modeling", 3), ("modeling", 3), ("3", 3), ("3.4", 3), ("Domain 3", 3), ("Domain 3: Modeling", 3),
        ("3. Modeling", 3), ("Top/MLS/Modeling", 3), ("Exam domain 3/Task 3.4", 3), ("Domain 3: Networking", None),
        ("9", None), ("Networking", None), ("3 ways", None),
    ],
)  # fmt: skip
def test_exam_domains_are_recognized_but_never_guessed(name: str, number: int | None) -> None:
    assert match_exam_domain(name, DOMAINS) == number


def test_questions_without_ids_get_the_same_ids_each_time() -> None:
    imported(ONE, TWO, format="csv")
    codes = sorted(Question.objects.filter(origin="local").values_list("code", flat=True))
    assert [code.rpartition("-")[0] for code in codes] == ["a-company-has-a-problem-with-its-seasonal"] * 1 + [
        "a-company-has-a-problem-with-its-streaming"
    ]
    assert outcomes(plan_of(ONE, TWO, format="csv")) == ["unchanged", "unchanged"]


@pytest.mark.parametrize("format", ["yaml", "json", "csv"])
def test_importing_the_same_file_again_changes_nothing(format: str) -> None:
    imported(ONE, TWO, format=format)
    version = bank_version.bank_version()
    assert imported(ONE, TWO, format=format, now=LATER) is None
    assert ImportBatch.objects.count() == 1
    assert bank_version.bank_version() == version
    assert not History.objects.filter(at=LATER).exists()


@pytest.mark.parametrize("format", ["yaml", "json", "csv", "gift", "moodle-xml", "qti3"])
def test_the_shipped_bank_written_and_read_again_changes_nothing(format: str) -> None:
    load(settings.BANK_DIR, now=NOW)
    assert format in registry.FORMATS
    from questions.formats.export import export

    questions = [ours.content for ours in stored.questions() if ours.content.id not in SMALL_BANK]
    exported = export(registry.FORMATS[format])
    plan = planner.make_plan(registry.read(exported.data, "bank", format), EXAM)
    unexpected = [outcome for outcome in plan.outcomes if outcome.outcome not in ("unchanged", "skipped")]
    assert unexpected == []
    assert len(plan.outcomes) >= len(questions)


SMALL_BANK = ("blood-bank-profile", "validation-below-training", "random-search-one-wave")


def test_enemies_in_one_file_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "QUESTIONS_PER_TRANSACTION", 1)
    imported(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)
    assert Enemy.objects.count() == 2
    assert in_bank("one-question").enemies == ("two-question", "blood-bank-profile")
    assert outcomes(plan_of(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)) == ["unchanged"] * 2


# --- Known questions


def test_new_commentary_and_facts_update_and_nothing_is_emptied() -> None:
    imported(replace(ONE, explanation="Old.", references=(Reference("A", "https://example.com/a"),)))
    batch = imported(replace(ONE, explanation="New.", rating=40), now=LATER)
    assert batch is not None
    assert batch.rows.get(number=1).details["notes"] == ["New: rating, explanation."]
    now = in_bank("one-question")
    assert (now.explanation, now.rating, now.references[0].title) == ("New.", 40, "A")
    assert Revision.objects.get(question__code="one-question").explanation_html == "<p>New.</p>"


def test_a_file_without_the_facts_of_the_decision_does_not_empty_them() -> None:
    imported(replace(ONE, ask="technique", default="distractor"), format="yaml")
    assert in_bank("one-question").ask == "technique"
    assert outcomes(plan_of(replace(ONE, rating=40))) == ["updated"]
    imported(replace(ONE, rating=40), now=LATER)
    question = in_bank("one-question")
    assert (question.rating, question.ask, question.default) == (40, "technique", "distractor")


def test_an_id_with_another_text_is_refused_with_the_difference() -> None:
    imported(ONE)
    plan = plan_of(replace(ONE, stem="Which one now?"))
    assert outcomes(plan) == ["refused"]
    assert plan.outcomes[0].difference == (("stem", ONE.stem, "Which one now?"),)
    assert "Allow new revisions to import it" in plan.outcomes[0].reasons[0]


def test_another_text_becomes_an_unpublished_revision_if_allowed() -> None:
    settings = replace(EXAM, new_revisions=True)
    code = "blood-bank-profile"
    changed = replace(in_bank(code), stem="Which setting of a profile job reads all rows?")
    assert outcomes(plan_of(changed)) == ["refused"]
    imported(changed, settings=settings)
    question = Question.objects.get(code=code)
    assert question.current is not None
    assert (question.status, question.current.number) == ("live", 1)
    newest = Revision.objects.get(question=question, number=2)
    assert (newest.stem, newest.published_at) == (changed.stem, None)


def test_fields_edited_since_the_import_are_kept() -> None:
    imported(ONE)
    revision = Revision.objects.get(question__code="one-question")
    revisions.rewrite(revision, replace(ONE, stem="Which is better?", explanation="Ours."), now=LATER, by=None)
    plan = plan_of(ONE)
    assert outcomes(plan) == ["unchanged"]
    assert plan.outcomes[0].notes == ("Not changed, because you edited it after the import: wording.",)


def test_the_same_text_under_another_id_is_skipped() -> None:
    imported(ONE)
    plan = plan_of(replace(ONE, id="other-id"))
    assert outcomes(plan) == ["skipped"]
    assert plan.outcomes[0].reasons == ("The bank has this question as 'one-question'.",)


def test_duplicates_in_the_file_and_near_duplicates_are_reported() -> None:
    near = replace(ONE, id="near", stem=ONE.stem.replace("a problem", "one problem"))
    plan = plan_of(ONE, replace(ONE, id="copy"), near, replace(TWO, id=ONE.id))
    assert outcomes(plan) == ["created", "skipped", "created", "refused"]
    assert plan.outcomes[1].reasons == ("The question has the same text as question 1 of the file.",)
    assert plan.outcomes[2].notes[0].startswith("Nearly the same as question 1 of the file (about ")
    assert "is used by question 1 of the file with another text" in plan.outcomes[3].reasons[0]
    imported(ONE)
    assert "'one-question' of the bank" in plan_of(near).outcomes[0].notes[0]


def test_true_false_questions_are_skipped() -> None:
    options = (OptionContent("a", True, "True"), OptionContent("b", False, "False"))
    assert outcomes(plan_of(replace(ONE, options=options), TWO)) == ["skipped", "created"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "3.4", "topic": "no-such-topic", "exam_domain": None}, "has no topic 'no-such-topic'"),
        ({"exam_domain": 9}, "has no exam domain 9"),
        ({"points": ("zz9",)}, "has no point 'zz9'"),
        ({"enemies": ("nobody",)}, "There is no question 'nobody'"),
        ({"kind": "multiple-response"}, "The kind is multiple-response, but 1 options are correct"),
        ({"stem": "Nul \0 is stored?"}, "cannot be stored"),
        ({"collection": "No Slug"}, "The collection 'No Slug' is not allowed"),
        ({"id": "a" * 81}, "at most 80"),
        ({"license": "x" * 41}, "At most 40"),
    ],
)
def test_values_that_cannot_be_stored_are_refused(changes: dict[str, Any], sentence: str) -> None:
    plan = plan_of(replace(ONE, **changes))
    assert outcomes(plan) == ["refused"]
    assert sentence in " ".join(plan.outcomes[0].reasons)


# --- Writing and undoing


def test_a_refused_question_prevents_the_import_unless_good_only() -> None:
    bad = replace(TWO, exam_domain=9)
    with pytest.raises(RefusedError, match="nothing is imported"):
        imported(ONE, bad)
    assert not Question.objects.filter(origin="local").exists()
    imported(ONE, bad, good_only=True)
    assert [question.code for question in Question.objects.filter(origin="local")] == ["one-question"]


def test_a_failure_during_writing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "QUESTIONS_PER_TRANSACTION", 1)
    imported(ONE)
    plan = plan_of(replace(ONE, explanation="New."), TWO)
    Question.objects.create(code="two-question", exam_domain=Question.objects.get(code="one-question").exam_domain)
    with pytest.raises(RefusedError, match="The bank was changed after the file was checked"):
        import_plan(plan, "x", "0" * 64, now=LATER)
    assert in_bank("one-question").explanation == ""
    assert ImportBatch.objects.count() == 1


def test_a_change_since_the_dry_run_is_not_overwritten() -> None:
    imported(ONE)
    plan = plan_of(replace(ONE, rating=40))
    question = Question.objects.get(code="one-question")
    question.rating = 50
    question_rows.save_facts(question, now=LATER, by=None)
    with pytest.raises(RefusedError, match="The bank was changed after the file was checked"):
        import_plan(plan, "x", "0" * 64, now=LATER)
    assert in_bank("one-question").rating == 50


def test_an_import_can_be_undone() -> None:
    imported(ONE)
    before = in_bank("one-question")
    settings = replace(EXAM, new_revisions=True)
    batch = imported(replace(ONE, explanation="New.", rating=40, enemies=("two-question",)), TWO, now=LATER)
    revised = imported(replace(TWO, stem="Which one?"), now=LATER + datetime.timedelta(hours=1), settings=settings)
    assert batch is not None
    assert revised is not None
    assert in_bank("two-question").stem == "Which one?"
    undo(revised)
    assert in_bank("two-question").stem == TWO.stem
    with pytest.raises(RefusedError, match="already undone"):
        undo(revised)
    History.objects.filter(action="import undone").delete()
    History.objects.filter(at=revised.at).delete()
    undo(batch)
    assert in_bank("one-question") == before
    assert not Question.objects.filter(code="two-question").exists()
    assert not Enemy.objects.exists()
    assert outcomes(plan_of(ONE)) == ["unchanged"], "the base of the remaining import is restored"


def test_an_import_with_edited_questions_is_not_undone() -> None:
    batch = imported(ONE, TWO)
    assert batch is not None
    assert edited_codes(batch) == []
    author = User.objects.create_user("ann")
    AutosavedEdit.objects.create(question=Question.objects.get(code="two-question"), user=author, data={}, at=LATER)
    question = Question.objects.get(code="one-question")
    question.rating = 50
    question_rows.save_facts(question, now=LATER, by=author)
    assert edited_codes(batch) == ["one-question", "two-question"]
    with pytest.raises(RefusedError, match=r"these questions were edited after the import: one-question, two-question"):
        undo(batch)
    assert Question.objects.filter(batch=batch).count() == 2


# --- The command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    bad = udemy_csv.write([replace(TWO, options=TWO.options[:2])], DOMAINS).split(b"\r\n", 1)[1]
    path.write_bytes(udemy_csv.write([ONE, TWO], DOMAINS) + bad)
    return path


def import_command(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    capsys.readouterr()
    call_command("import_questions", *arguments, "--json")
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_a_dry_run_prints_the_plan_and_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = import_command(capsys, file, "--dry-run")
    assert printed["format"] == "csv"
    assert (printed["counts"]["created"], printed["counts"]["refused"], printed["written"]) == (2, 1, False)
    assert [question["what"] for question in printed["questions"]] == ["created", "created", "refused"]
    assert "at least 3 are required" in printed["questions"][2]["reasons"][0]
    assert not ImportBatch.objects.exists()
    call_command("import_questions", file, "--dry-run")
    assert "Dry run, nothing was written: 2 created" in capsys.readouterr().out


def test_the_command_imports_the_good_questions_of_a_faulty_file_only_with_the_option(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_questions", file)
    refused_path = tmp_path / "refused.csv"
    printed = import_command(capsys, file, "--good-only", "--refused-file", refused_path)
    batch = ImportBatch.objects.get()
    assert (printed["written"], printed["batch"], batch.file) == (True, batch.pk, "x.csv")
    assert len(refused_path.read_text().strip().splitlines()) == 2
    assert "at least 3 are required" in refused_path.read_text()


def test_refused_questions_of_other_formats_are_listed(tmp_path: Path) -> None:
    path, refused_path = tmp_path / "x.json", tmp_path / "refused.csv"
    path.write_bytes(json_file.write([replace(ONE, exam_domain=9)]))
    with pytest.raises(CommandError):
        call_command("import_questions", path, "--refused-file", refused_path)
    assert refused_path.read_text().splitlines()[0] == "Number,Line,Question,Reason"
    assert "one-question" in refused_path.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--map", "Deep things"], "is not a mapping"),
        (["--exam", "XYZ"], "The exam XYZ does not exist. Known exams: MLS-C01"),
        (["--format", "docx"], "The file cannot be imported"),
        (["--exam-domain", "9"], "The file cannot be imported"),
    ],
)
def test_a_wrong_argument_is_an_error(file: Path, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("import_questions", file, *arguments)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_questions", tmp_path / "gone.csv")


def test_an_export_prints_the_losses_of_the_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_questions", tmp_path / "x.csv", "--format", "csv")
    printed = capsys.readouterr().out
    assert "3 questions are in" in printed
    assert "Udemy CSV omits: the id" in printed
    assert "Modeling" in (tmp_path / "x.csv").read_text()
