"""Test what statistics, difficulties and cards do when a newer version of the bank brings new wordings."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exams.models import Candidate, RepetitionCard
from exams.services.analysis import item_analysis
from exams.services.attempt import active_scale, answering, ending
from exams.services.practice import repetition
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import audit
from questions.bank_files import question_yaml
from questions.bank_files.load import LoadResult, load, load_shipped
from questions.content import blueprint as blueprints
from questions.content import yaml_text
from questions.content.blueprint import DomainWeight
from questions.content.syllabus import ExamDomain, Point, Syllabus, Task, Topic
from questions.models import Blueprint, ItemStatistics, Question, Revision
from tests import bank_rows, factories, shipped
from tests.factories import NOW

pytestmark = pytest.mark.django_db
CODES = [f"tiny-{number}" for number in range(4)]


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Path:
    """Return the loaded directory of four live questions, which each exam of its blueprint asks."""
    spec, faults = blueprints.read(shipped.BLUEPRINT)
    assert spec is not None, faults
    spec = replace(
        spec,
        code="TINY",
        scored=4,
        unscored=0,
        exam_domains=(DomainWeight(1, "Everything", 100),),
        collections=("tiny",),
        practice=("tiny",),
        successors=(),
        notes=(),
    )
    settings.BANKS_DIR = tmp_path
    settings.BLUEPRINT_DIR = tmp_path / "blueprints"
    settings.BLUEPRINT_DIR.mkdir()
    (settings.BLUEPRINT_DIR / "tiny.yaml").write_text(yaml_text.dump(spec))
    bank = tmp_path / "tiny"
    (bank / "1").mkdir(parents=True)
    topic = Topic("ovens", "Ovens", "How ovens work.", (1,), (), (Point("o1", "Heat an oven."),))
    syllabus = Syllabus((ExamDomain(1, "Everything", (Task("1.1", "Bake", (topic,)),)),), ())
    (bank / "syllabus.yaml").write_text(yaml_text.dump(syllabus))
    for code in CODES:
        content = replace(
            bank_rows.content(code),
            status="live",
            exam_domain=1,
            rating=70,
            as_of="2026-04-01",
            license="CC-BY-SA-4.0",
            stem=f"The bakers of {code} bake 30 loaves.\n\nWhich option is right?",
        )
        (bank / "1" / f"{code}.yaml").write_text(question_yaml.dump(content))
    assert load(bank, now=NOW - timedelta(days=9)).faults == []
    factories.start_versions()
    return bank


def upgrade(bank: Path, *changes: tuple[str, str], code: str = CODES[0], same_item: bool = False) -> LoadResult:
    """Load the bank with changed words of one question, as its second revision."""
    path = bank / "1" / f"{code}.yaml"
    text = path.read_text().replace("revision: 1\n", f"revision: 2\n{'same_item: true\n' * same_item}", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)
    return load(bank, now=NOW + timedelta(hours=1))


def clock() -> datetime:
    return NOW + timedelta(hours=2)


def revisions() -> tuple[Revision, Revision]:
    """Return both wordings of the first question."""
    first, second = Revision.objects.filter(question__code=CODES[0]).order_by("number")
    return first, second


def asked(candidate: Candidate | None = None) -> Candidate:
    """Let somebody take an exam, all right, then analyze; the scale is made from other exams."""
    blueprint = Blueprint.objects.get()
    sitter = candidate or factories.candidate()
    sat = factories.scored(factories.handed_in(1, sitter, blueprint))
    sat.responses.update(first_shown=NOW)
    factories.active_scale(blueprint)
    item_analysis.analyze("TINY", clock)
    repetition.update_cards(sitter.pk)
    return sitter


def of(revision: Revision) -> dict[str, Any]:
    """Return the statistics of a wording, without its key."""
    [row] = ItemStatistics.objects.filter(revision=revision).values()
    return {name: value for name, value in row.items() if name not in ("id", "revision_id")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "same_item"),
    [
        ((("The bakers", "The  *bakers*"),), False),
        ((("Option b of", "`Option b` of"),), False),
        ((("The bakers of", "All the bakers of"),), True),
    ],
    ids=["stem in italics", "option as code", "corrected spelling"],
)
def test_statistics_difficulty_and_cards_go_on_where_the_question_is_the_same(
    bank: Path, changes: tuple[tuple[str, str], ...], same_item: bool
) -> None:
    sitter = asked()
    before = Revision.objects.get(question__code=CODES[0])
    statistics, cards = of(before), list(sitter.cards.order_by("question").values())
    assert upgrade(bank, *changes, same_item=same_item).updated == [CODES[0]]
    old, new = revisions()
    assert Question.objects.get(code=CODES[0]).current == new
    assert new.same_item_as == old
    item_analysis.analyze("TINY", clock)
    assert of(new) == of(old) == statistics
    scale = active_scale.find("TINY")
    assert scale is not None
    difficulties = active_scale.inherited(active_scale.difficulties_on(scale.pk))
    assert difficulties[new.pk] == difficulties[old.pk]
    repetition.update_cards(sitter.pk)
    assert list(sitter.cards.order_by("question").values()) == cards


@pytest.mark.slow
def test_statistics_and_difficulty_begin_again_with_another_wording(bank: Path) -> None:
    asked()
    upgrade(bank, ("30 loaves", "35 loaves"))
    _old, new = revisions()
    assert new.same_item_as is None
    item_analysis.analyze("TINY", clock)
    assert not ItemStatistics.objects.filter(revision=new).exists()
    scale = active_scale.find("TINY")
    assert scale is not None
    assert new.pk not in active_scale.inherited(active_scale.difficulties_on(scale.pk))


def test_another_key_resets_the_cards(bank: Path) -> None:
    sitter = asked()
    upgrade(bank, ("Option a of", "The first option of"))
    repetition.update_cards(sitter.pk)
    card = RepetitionCard.objects.filter(question__code=CODES[0], candidate=sitter).first()
    assert card is None or card.due == NOW + timedelta(hours=1)


@pytest.mark.parametrize("change", [("30 loaves", "35 loaves"), ("correct: true", "correct: false")])
def test_a_file_that_calls_another_question_the_same_item_is_refused(bank: Path, change: tuple[str, str]) -> None:
    changes = [change]
    if change[0].startswith("correct"):
        changes.append(("  - id: b\n    correct: false", "  - id: b\n    correct: true"))
    [fault] = upgrade(bank, *changes, same_item=True).faults
    assert (fault.field, fault.line) == ("same_item", 3)
    assert "a figure differs from the revision before" in fault.sentence
    assert Revision.objects.filter(question__code=CODES[0]).count() == 1


def test_a_file_says_nothing_about_revisions_that_were_never_loaded(bank: Path) -> None:
    changes = (("revision: 2", "revision: 3"), ("The bakers of", "All the bakers of"))
    assert upgrade(bank, *changes, same_item=True).updated == [CODES[0]]
    _old, new = revisions()
    assert (new.number, new.same_item, new.same_item_as) == (3, True, None)


@pytest.mark.slow
def test_a_question_whose_file_is_gone_is_asked_to_the_end_of_a_running_exam_and_in_no_new_quiz(bank: Path) -> None:
    sitter = asked()
    first = Revision.objects.get(question__code=CODES[0])
    statistics, cards = of(first), list(sitter.cards.order_by("question").values())
    running = factories.attempt(sitter, Blueprint.objects.get(), now=NOW)
    shown = list(running.responses.order_by("position").values())
    (bank / "1" / f"{CODES[0]}.yaml").unlink()
    assert load_shipped(now=NOW + timedelta(minutes=1)).retired == [CODES[0]]
    assert first.question_id not in practice_pool(Blueprint.objects.get()).items
    assert list(running.responses.order_by("position").values()) == shown
    assert (of(first), list(sitter.cards.order_by("question").values())) == (statistics, cards)

    person = answering.Sitter(sitter.pk, sitter.epoch)
    for response in running.responses.all():
        answer = answering.PostedAnswer(response.key, version=0)
        assert answering.save(running.uuid, person, response.position, answer, NOW + timedelta(minutes=2)).ok
    ending.finish(running, NOW + timedelta(minutes=3))
    assert factories.scored(running, NOW + timedelta(minutes=3)).report.scaled == 1000
    repetition.update_cards(sitter.pk)
    assert set(sitter.cards.values_list("question", flat=True)) == {card["question_id"] for card in cards}
    assert [found for found in audit.differences(clock()) if str(found.attempt) == str(running.uuid)] == []
