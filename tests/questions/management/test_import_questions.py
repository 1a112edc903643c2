"""import_questions: created, updated, unchanged, skipped, refused; the whole file or nothing, and back again."""

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
from questions.imports import batch_writer, planner, run
from questions.imports.batch_writer import touched
from questions.imports.plan import Plan, Settings
from questions.imports.planner import match_domain
from questions.imports.run import carry_out
from questions.models import AutosavedEdit, Enemy, History, ImportBatch, Question, Revision, User
from questions.services import lifecycle, stored
from questions.services.errors import RefusedError

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
EXAM = Settings("MLS-C01")
DOMAINS = {1: "Data Engineering", 2: "Exploratory Data Analysis", 3: "Modeling"}


def draft(code: str, about: str, **changes: Any) -> QuestionContent:
    options = tuple(
        OptionContent(each, each == "b", f"{word} the {about}", f"{word}: why {each}")
        for each, word in zip("abc", ("Drop", "Keep", "Split"), strict=True)
    )
    stem = f"A company has a problem with its {about}. Which step solves it?"
    return replace(QuestionContent(id=code, stem=stem, options=options, exam_domain=3), **changes)


ONE, TWO = draft("one-question", "seasonal labels"), draft("two-question", "streaming endpoint of camera pictures")
WRITTEN = {"yaml": yaml_file.write, "json": json_file.write, "csv": lambda drafts: udemy_csv.write(drafts, DOMAINS)}


@pytest.fixture(autouse=True)
def _bank(bank: Path) -> None:
    load(bank, now=NOW - datetime.timedelta(days=1))


def plan_of(*drafts: QuestionContent, form: str = "json", settings: Settings = EXAM) -> Plan:
    return planner.plan(registry.read(WRITTEN[form](drafts), f"x.{form}"), settings)


def bring(*drafts: QuestionContent, form: str = "json", settings: Settings = EXAM, **how: Any) -> ImportBatch | None:
    return carry_out(plan_of(*drafts, form=form, settings=settings), "x", "0" * 64, **{"now": NOW, **how})


def whats(plan: Plan) -> list[str]:
    return [each.what for each in plan.outcomes]


def here(code: str) -> QuestionContent:
    from django.db.models import Q

    return next(stored.questions(Q(code=code))).draft


def undo(batch: ImportBatch) -> None:
    run.undo(batch)
    assert batch.state == "undone"


# --- What comes in ------------------------------------------------------------------------------------------


def test_questions_arrive_as_drafts_of_one_batch() -> None:
    author = User.objects.create_user("ann")
    batch = bring(ONE, replace(TWO, status="live", rating=55, as_of="2026-11-01", license="CC0-1.0"), by=author)
    assert batch is not None
    assert batch.state == "done"
    assert batch.result["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 0}
    one, two = Question.objects.filter(batch=batch).order_by("code")
    assert (one.status, one.origin, one.collection, one.author) == ("draft", "local", "local", author)
    assert (one.rating, one.raters, two.rating) == (70, 0, 55)
    assert two.status == "draft"
    assert two.current is None
    assert here("one-question") == replace(ONE, rating=70, collection="local")
    assert History.objects.get(question=one).by == author
    assert "it arrives as a draft" in batch.rows.get(number=2).said["notes"][0]


def test_one_form_fills_in_what_the_file_does_not_say() -> None:
    form = Settings(
        "MLS-C01", exam_domain=3, topic="dropout-and-early-stopping", rating=60, license="CC0-1.0", collection="mine"
    )
    bring(replace(ONE, exam_domain=None), replace(TWO, exam_domain=1, rating=80), settings=form)
    one, two = here("one-question"), here("two-question")
    assert (one.task, one.topic, one.rating, one.license) == ("3.4", "dropout-and-early-stopping", 60, "CC0-1.0")
    assert one.collection == "mine"
    assert (two.topic, two.exam_domain, two.rating) == (None, 1, 80), "a topic of another exam domain is not given"


def test_a_file_without_an_exam_domain_asks_for_one() -> None:
    plan = plan_of(replace(ONE, exam_domain=None))
    assert whats(plan) == ["refused"]
    assert plan.outcomes[0].reasons == ("The file does not say the exam domain. Say which one it is.",)


def test_an_unknown_exam_domain_asks_for_a_mapping() -> None:
    data = udemy_csv.write([ONE], {3: "Deep things"})
    plan = planner.plan(registry.read(data, "x.csv"), EXAM)
    assert whats(plan) == ["refused"]
    assert plan.unknown == ("Deep things",)
    assert "'Deep things' is not known" in plan.outcomes[0].reasons[0]
    mapped = planner.plan(registry.read(data, "x.csv"), replace(EXAM, mapping={"deep things": 2}))
    assert whats(mapped) == ["created"]
    assert mapped.planned[0].draft.exam_domain == 2


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Modeling", 3), ("modeling", 3), ("3", 3), ("3.4", 3), ("Domain 3", 3), ("Domain 3: Modeling", 3),
        ("3. Modeling", 3), ("Top/MLS/Modeling", 3), ("Exam domain 3/Task 3.4", 3), ("Domain 3: Networking", None),
        ("9", None), ("Networking", None), ("3 ways", None),
    ],
)  # fmt: skip
def test_exam_domains_are_recognized_but_never_guessed(name: str, number: int | None) -> None:
    assert match_domain(name, DOMAINS) == number


def test_a_file_without_ids_gets_ids_that_are_the_same_again() -> None:
    bring(ONE, TWO, form="csv")
    codes = sorted(Question.objects.filter(origin="local").values_list("code", flat=True))
    assert [code.rpartition("-")[0] for code in codes] == ["a-company-has-a-problem-with-its-seasonal"] * 1 + [
        "a-company-has-a-problem-with-its-streaming"
    ]
    assert whats(plan_of(ONE, TWO, form="csv")) == ["unchanged", "unchanged"]


@pytest.mark.parametrize("form", ["yaml", "json", "csv"])
def test_importing_the_same_file_again_changes_nothing(form: str) -> None:
    bring(ONE, TWO, form=form)
    version = lifecycle.bank_version()
    assert bring(ONE, TWO, form=form, now=LATER) is None
    assert ImportBatch.objects.count() == 1
    assert lifecycle.bank_version() == version
    assert not History.objects.filter(at=LATER).exists()


@pytest.mark.parametrize("form", ["yaml", "json", "csv", "gift", "moodle-xml", "qti3"])
def test_the_shipped_bank_written_and_read_again_changes_nothing(form: str) -> None:
    load(settings.BANK_DIR, now=NOW)
    assert form in registry.FORMATS
    from questions.formats.export import export

    drafts = [each.draft for each in stored.questions() if each.draft.id not in SMALL_BANK]
    exported = export(registry.FORMATS[form])
    plan = planner.plan(registry.read(exported.data, "bank", form), EXAM)
    odd = [each for each in plan.outcomes if each.what not in ("unchanged", "skipped")]
    assert [(each.what, each.code, each.reasons, each.notes) for each in odd] == []
    assert len(plan.outcomes) >= len(drafts)


SMALL_BANK = ("blood-bank-profile", "validation-below-training", "random-search-one-wave")


def test_enemies_in_one_file_find_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "AT_ONCE", 1)
    bring(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)
    assert Enemy.objects.count() == 2
    assert here("one-question").enemies == ("two-question", "blood-bank-profile")
    assert whats(plan_of(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)) == ["unchanged"] * 2


# --- What is here already ---------------------------------------------------------------------------------------


def test_new_commentary_and_facts_update_and_nothing_is_emptied() -> None:
    bring(replace(ONE, explanation="Old.", references=(Reference("A", "https://example.com/a"),)))
    batch = bring(replace(ONE, explanation="New.", rating=40), now=LATER)
    assert batch is not None
    assert batch.rows.get(number=1).said["notes"] == ["New: rating, explanation."]
    now = here("one-question")
    assert (now.explanation, now.rating, now.references[0].title) == ("New.", 40, "A")
    assert Revision.objects.get(question__code="one-question").explanation_html == "<p>New.</p>"


def test_an_id_with_another_text_is_refused_with_the_difference() -> None:
    bring(ONE)
    plan = plan_of(replace(ONE, stem="Which one now?"))
    assert whats(plan) == ["refused"]
    assert plan.outcomes[0].difference == (("stem", ONE.stem, "Which one now?"),)
    assert "It becomes a new revision only when told" in plan.outcomes[0].reasons[0]


def test_when_told_another_text_becomes_a_new_revision_that_is_not_published() -> None:
    told = replace(EXAM, new_revisions=True)
    code = "blood-bank-profile"
    changed = replace(here(code), stem="Which setting of a profile job reads all rows?")
    assert whats(plan_of(changed)) == ["refused"]
    bring(changed, settings=told)
    question = Question.objects.get(code=code)
    assert question.current is not None
    assert (question.status, question.current.number) == ("live", 1)
    newest = Revision.objects.get(question=question, number=2)
    assert (newest.stem, newest.published_at) == (changed.stem, None)


def test_what_was_edited_here_since_the_import_stays() -> None:
    bring(ONE)
    revision = Revision.objects.get(question__code="one-question")
    lifecycle.rewrite(revision, replace(ONE, stem="Which is better?", explanation="Ours."), now=LATER, by=None)
    plan = plan_of(ONE)
    assert whats(plan) == ["unchanged"]
    assert plan.outcomes[0].notes == ("Edited here since it was imported, and left so: wording.",)


def test_a_question_under_another_id_is_skipped_when_it_says_the_same() -> None:
    bring(ONE)
    plan = plan_of(replace(ONE, id="other-id"))
    assert whats(plan) == ["skipped"]
    assert plan.outcomes[0].reasons == ("The bank has this question as 'one-question'.",)


def test_duplicates_within_the_file_and_near_duplicates_are_said() -> None:
    near = replace(ONE, id="near", stem=ONE.stem.replace("a problem", "one problem"))
    plan = plan_of(ONE, replace(ONE, id="copy"), near, replace(TWO, id=ONE.id))
    assert whats(plan) == ["created", "skipped", "created", "refused"]
    assert plan.outcomes[1].reasons == ("It says the same as question 1 of the file.",)
    assert plan.outcomes[2].notes[0].startswith("Nearly the same as question 1 of the file (about ")
    assert "stands at question 1 of the file, with another text" in plan.outcomes[3].reasons[0]
    bring(ONE)
    assert "'one-question' of the bank" in plan_of(near).outcomes[0].notes[0]


def test_true_false_is_offered_as_skipped() -> None:
    options = (OptionContent("a", True, "True"), OptionContent("b", False, "False"))
    assert whats(plan_of(replace(ONE, options=options), TWO)) == ["skipped", "created"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "3.4", "topic": "no-such-topic", "exam_domain": None}, "has no topic 'no-such-topic'"),
        ({"exam_domain": 9}, "has no exam domain 9"),
        ({"points": ("zz9",)}, "has no point 'zz9'"),
        ({"enemies": ("nobody",)}, "There is no question 'nobody'"),
        ({"kind": "multiple-response"}, "is called multiple-response, and 1 options are correct"),
        ({"stem": "Nul \0 is stored?"}, "cannot be stored"),
        ({"collection": "No Slug"}, "The collection 'No Slug' is not possible"),
        ({"id": "a" * 81}, "at most 80"),
        ({"license": "x" * 41}, "At most 40"),
    ],
)
def test_what_the_bank_could_not_hold_is_refused(changes: dict[str, Any], sentence: str) -> None:
    plan = plan_of(replace(ONE, **changes))
    assert whats(plan) == ["refused"]
    assert sentence in " ".join(plan.outcomes[0].reasons)


# --- All or nothing, and back ------------------------------------------------------------------------------------


def test_one_refused_question_keeps_the_whole_file_out_unless_only_the_good_are_wanted() -> None:
    bad = replace(TWO, exam_domain=9)
    with pytest.raises(RefusedError, match="nothing is imported"):
        bring(ONE, bad)
    assert not Question.objects.filter(origin="local").exists()
    bring(ONE, bad, good_only=True)
    assert [each.code for each in Question.objects.filter(origin="local")] == ["one-question"]


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "AT_ONCE", 1)
    bring(ONE)
    plan = plan_of(replace(ONE, explanation="New."), TWO)
    Question.objects.create(code="two-question", exam_domain=Question.objects.get(code="one-question").exam_domain)
    with pytest.raises(RefusedError, match="Somebody has changed the bank meanwhile"):
        carry_out(plan, "x", "0" * 64, now=LATER)
    assert here("one-question").explanation == ""
    assert ImportBatch.objects.count() == 1


def test_a_change_since_the_dry_run_is_not_overwritten() -> None:
    bring(ONE)
    plan = plan_of(replace(ONE, rating=40))
    question = Question.objects.get(code="one-question")
    question.rating = 50
    lifecycle.save_facts(question, now=LATER, by=None)
    with pytest.raises(RefusedError, match="Somebody has changed the bank meanwhile"):
        carry_out(plan, "x", "0" * 64, now=LATER)
    assert here("one-question").rating == 50


def test_an_import_can_be_undone() -> None:
    bring(ONE)
    before = here("one-question")
    told = replace(EXAM, new_revisions=True)
    batch = bring(replace(ONE, explanation="New.", rating=40, enemies=("two-question",)), TWO, now=LATER)
    revised = bring(replace(TWO, stem="Which one?"), now=LATER + datetime.timedelta(hours=1), settings=told)
    assert batch is not None
    assert revised is not None
    assert here("two-question").stem == "Which one?"
    undo(revised)
    assert here("two-question").stem == TWO.stem
    with pytest.raises(RefusedError, match="undone already"):
        undo(revised)
    History.objects.filter(action="import undone").delete()
    History.objects.filter(at=revised.at).delete()
    undo(batch)
    assert here("one-question") == before
    assert not Question.objects.filter(code="two-question").exists()
    assert not Enemy.objects.exists()
    assert whats(plan_of(ONE)) == ["unchanged"], "the file that stands is known again"


def test_what_somebody_has_worked_on_is_not_undone() -> None:
    batch = bring(ONE, TWO)
    assert batch is not None
    assert touched(batch) == []
    author = User.objects.create_user("ann")
    AutosavedEdit.objects.create(question=Question.objects.get(code="two-question"), user=author, data={}, at=LATER)
    question = Question.objects.get(code="one-question")
    question.rating = 50
    lifecycle.save_facts(question, now=LATER, by=author)
    assert touched(batch) == ["one-question", "two-question"]
    with pytest.raises(RefusedError, match=r"Somebody has worked on these questions since: one-question, two-question"):
        undo(batch)
    assert Question.objects.filter(batch=batch).count() == 2


# --- The command --------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    bad = udemy_csv.write([replace(TWO, options=TWO.options[:2])], DOMAINS).split(b"\r\n", 1)[1]
    path.write_bytes(udemy_csv.write([ONE, TWO], DOMAINS) + bad)
    return path


def import_command(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    capsys.readouterr()
    call_command("import_questions", *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_dry_run_says_all_and_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = import_command(capsys, file, "--dry-run")
    assert said["format"] == "csv"
    assert (said["counts"]["created"], said["counts"]["refused"], said["written"]) == (2, 1, False)
    assert [each["what"] for each in said["questions"]] == ["created", "created", "refused"]
    assert "at least 3 are needed" in said["questions"][2]["reasons"][0]
    assert not ImportBatch.objects.exists()
    call_command("import_questions", file, "--dry-run")
    assert "Dry run, nothing was written: 2 created" in capsys.readouterr().out


def test_the_command_keeps_a_bad_file_out_and_imports_the_good_ones_when_told(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_questions", file)
    back = tmp_path / "refused.csv"
    said = import_command(capsys, file, "--good-only", "--refused-file", back)
    batch = ImportBatch.objects.get()
    assert (said["written"], said["batch"], batch.file) == (True, batch.pk, "x.csv")
    assert len(back.read_text().strip().splitlines()) == 2
    assert "at least 3 are needed" in back.read_text()


def test_refused_questions_of_other_formats_are_listed(tmp_path: Path) -> None:
    path, back = tmp_path / "x.json", tmp_path / "refused.csv"
    path.write_bytes(json_file.write([replace(ONE, exam_domain=9)]))
    with pytest.raises(CommandError):
        call_command("import_questions", path, "--refused-file", back)
    assert back.read_text().splitlines()[0] == "Number,Line,Question,Reason"
    assert "one-question" in back.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--map", "Deep things"], "is no mapping"),
        (["--exam", "XYZ"], "No exam is called XYZ. Known are: MLS-C01"),
        (["--format", "docx"], "The file cannot be imported"),
        (["--exam-domain", "9"], "The file cannot be imported"),
    ],
)
def test_a_wrong_argument_is_said(file: Path, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("import_questions", file, *arguments)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_questions", tmp_path / "gone.csv")


def test_an_export_says_what_the_format_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_questions", tmp_path / "x.csv", "--format", "csv")
    said = capsys.readouterr().out
    assert "3 questions are in" in said
    assert "Udemy CSV does not carry: the id" in said
    assert "Modeling" in (tmp_path / "x.csv").read_text()
