"""Test imports of questions that the bank has: unchanged, updated, refused or skipped."""

from dataclasses import replace

import pytest

from questions.content import near_duplicates
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import QuestionContent, Reference
from questions.formats import registry, udemy_csv
from questions.imports import planner
from questions.models import History, ImportBatch, Question, Revision
from questions.services import bank_version, revisions
from tests.questions.management.imported_questions import EXAM, LATER, ONE, TWO, imported, in_bank, outcomes, plan_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


@pytest.mark.parametrize("format", ["yaml", "json", "csv"])
def test_importing_the_same_file_again_changes_nothing(format: str) -> None:
    imported(ONE, TWO, format=format)
    version = bank_version.bank_version()
    assert imported(ONE, TWO, format=format, now=LATER) is None
    assert ImportBatch.objects.count() == 1
    assert bank_version.bank_version() == version
    assert not History.objects.filter(at=LATER).exists()


def test_new_commentary_and_facts_update_and_nothing_is_emptied() -> None:
    imported(replace(ONE, explanation="Old.", references=(Reference("A", "https://example.com/a"),)))
    batch = imported(replace(ONE, explanation="New.", rating=40), now=LATER)
    assert batch is not None
    assert batch.rows.get(number=1).details["notes"] == ["Changes: rating, explanation."]
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


def test_a_change_is_shown_with_the_letters_of_the_page() -> None:
    imported(ONE)
    options = tuple(replace(option, rationale="New.") if option.id == "c" else option for option in ONE.options[::-1])
    plan = plan_of(replace(ONE, rating=40, options=options), settings=replace(EXAM, new_revisions=True))
    assert plan.outcomes[0].difference == (
        ("rationale of A", "Split: why c", "New."),
        ("order of options", "C, B, A", "A, B, C"),
        ("rating", "70", "40"),
    )


@pytest.mark.slow
def test_a_known_question_becomes_a_new_one_if_chosen() -> None:
    imported(replace(ONE, explanation="Old."))
    again = (replace(ONE, explanation="New."), TWO)
    assert outcomes(plan_of(*again)) == ["updated", "created"]
    chosen = replace(EXAM, as_new=(1,))
    plan = plan_of(*again, settings=chosen)
    assert outcomes(plan) == ["created", "created"]
    assert plan.outcomes[0].code == "one-question-2"
    imported(*again, settings=chosen, now=LATER)
    assert (in_bank("one-question").explanation, in_bank("one-question-2").explanation) == ("Old.", "New.")


def test_a_question_of_the_bank_needs_no_exam_domain_from_the_file() -> None:
    imported(ONE)
    for domain in (None, "Deep things"):
        parsed = registry.read(udemy_csv.write([ONE, TWO], {3: domain or ""}), "x.csv")
        plan = planner.make_plan(parsed, EXAM)
        assert outcomes(plan) == ["unchanged", "waiting"]
        assert (plan.without_domain, plan.unknown_domains) == ((0, (domain,)) if domain else (1, ()))


def test_fields_edited_since_the_import_are_kept() -> None:
    imported(ONE)
    revision = Revision.objects.get(question__code="one-question")
    revisions.rewrite(revision, replace(ONE, stem="Which is better?", explanation="Ours."), now=LATER, by=None)
    plan = plan_of(ONE)
    assert outcomes(plan) == ["unchanged"]
    assert plan.outcomes[0].notes == ("Not changed, because it was edited after the import: stem, options and key.",)


def test_the_same_text_under_another_id_is_skipped() -> None:
    imported(ONE)
    plan = plan_of(replace(ONE, id="other-id"))
    assert outcomes(plan) == ["skipped"]
    assert plan.outcomes[0].reasons == ("The bank has this question as 'one-question'.",)


def test_each_of_many_nearly_equal_questions_is_compared_with_few(monkeypatch: pytest.MonkeyPatch) -> None:
    found, matches = [], NearDuplicateIndex.matches

    def counted(index: NearDuplicateIndex, question: QuestionContent) -> near_duplicates.NearDuplicates:
        found.append(matches(index, question))
        return found[-1]

    monkeypatch.setattr(NearDuplicateIndex, "matches", counted)
    plan = plan_of(*(replace(ONE, id=f"near-{n}", stem=f"{ONE.stem} Case {n}.") for n in range(40)))
    assert outcomes(plan) == ["created"] * 40
    assert all("Nearly the same as question" in outcome.notes[0] for outcome in plan.outcomes[1:])
    assert max(len(row.found) for row in found) <= 3


def test_a_question_that_shares_sentences_with_too_many_to_compare_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (near_duplicates, planner):
        monkeypatch.setattr(module, "MAX_COMPARED", 2)
    pattern = f"{ONE.stem} A baker has many loaves and wants to sell them all by noon."
    ends = [" ".join(f"w{number}x{n}" for n in range(18)) for number in range(4)]
    plan = plan_of(*(replace(ONE, id=f"alike-{n}", stem=f"{pattern} {end}") for n, end in enumerate(ends)))
    assert outcomes(plan) == ["created"] * 4
    sentence = "Very many questions have sentences of this one: it was compared with 2 of them."
    assert [sentence in plan.outcomes[number].notes for number in range(4)] == [False, False, False, True]
    assert not any("Nearly the same" in note for outcome in plan.outcomes for note in outcome.notes)


def test_duplicates_in_the_file_and_near_duplicates_are_reported() -> None:
    near = replace(ONE, id="near", stem=ONE.stem.replace("a problem", "one problem"))
    plan = plan_of(ONE, replace(ONE, id="copy"), near, replace(TWO, id=ONE.id))
    assert outcomes(plan) == ["created", "skipped", "created", "refused"]
    assert plan.outcomes[1].reasons == ("The question has the same text as question 1 of the file.",)
    assert plan.outcomes[2].notes[0].startswith("Nearly the same as question 1 of the file (about ")
    assert "is used by question 1 of the file with another text" in plan.outcomes[3].reasons[0]
    imported(ONE)
    assert "'one-question' of the bank" in plan_of(near).outcomes[0].notes[0]
