"""The life of a question: wordings are composed, published, revised and retired, each with history."""

import datetime
import hashlib
from dataclasses import replace

import pytest

from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.models import ExamDomain, History, Option, Question, Revision, User
from questions.services import bank_version, lifecycle, question_rows, revisions, wordings
from questions.services.errors import RefusedError

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
DRAFT = QuestionContent(
    id="one",
    stem="A team waits.\n\nWhich **two** help? (Select TWO.)",
    kind="multiple-response",
    options=(
        OptionContent("a", True, "Use `pip`.", "Right."),
        OptionContent("b", False, "Wait.", "Wrong."),
        OptionContent("c", True, "Go.", "Right."),
        OptionContent("d", False, "Sleep.", "Wrong."),
        OptionContent("e", False, "Eat.", "Wrong."),
    ),
    explanation="Because.",
    references=(Reference("Page", "https://docs.example.org/page"),),
)


def described(revision: Revision) -> set[str]:
    """Codes of the options that the key names."""
    return {option.code for option in revision.options.all() if revision.key >> option.bit & 1}


@pytest.fixture
def question() -> Question:
    domain = ExamDomain.objects.create(exam="X-1", number=1, title="One")
    return Question.objects.create(code="one", exam_domain=domain, rating=60)


@pytest.fixture
def author() -> User:
    return User.objects.create_user("author")


def written(question: Question, draft: QuestionContent = DRAFT, by: User | None = None) -> Revision:
    """The next unpublished wording of a question, filled with a draft."""
    revision = Revision(question=question, kind=draft.kind, stem="")
    revisions.begin(revision, now=NOW, by=by)
    revisions.rewrite(revision, draft, now=NOW, by=by)
    return revision


def test_bits_are_ranks_of_hashes_and_say_nothing_of_the_order() -> None:
    codes = ["a", "b", "c", "d"]
    found = wordings.option_bits("some-question", codes)
    assert sorted(found.values()) == [0, 1, 2, 3]
    by_hash = sorted(codes, key=lambda code: hashlib.sha256(f"some-question{code}".encode()).hexdigest())
    assert sorted(codes, key=lambda code: found[code]) == by_hash
    assert wordings.option_bits("some-question", codes[::-1]) == found
    first = [wordings.option_bits(f"question-{n}", codes)["a"] for n in range(400)]
    assert {first.count(bit) > 60 for bit in range(4)} == {True}, "the first authored option is everywhere"


def test_the_hash_covers_the_wording_and_nothing_else() -> None:
    same = wordings.wording_sha256(DRAFT)
    assert same == wordings.wording_sha256(replace(DRAFT, explanation="Else.", rating=10, status="live", revision=9))
    a, *rest = DRAFT.options
    for other in (
        replace(DRAFT, kind="multiple-choice"),
        replace(DRAFT, stem="?"),
        replace(DRAFT, options=(replace(a, correct=False), *rest)),
        replace(DRAFT, options=(replace(a, text="Else."), *rest)),
        replace(DRAFT, options=(replace(a, id="z"), *rest)),
    ):
        assert wordings.wording_sha256(other) != same


@pytest.mark.django_db
def test_a_wording_is_rendered_and_keyed(question: Question, author: User) -> None:
    revision = written(question, by=author)
    assert (revision.number, revision.choose, revision.n_options, revision.made_by) == (1, 2, 5, author)
    assert described(revision) == {"a", "c"}
    assert '<p class="ask">' in revision.stem_html
    assert "<strong>two</strong>" in revision.stem_html
    assert revision.options.get(code="a").text_html == "Use <code>pip</code>."
    assert revision.options.get(code="b").rationale_html.strip() == "<p>Wrong.</p>"
    assert revision.references == [{"title": "Page", "url": "https://docs.example.org/page"}]
    assert wordings.content_of(revision) == DRAFT


@pytest.mark.django_db
def test_publishing_freezes_the_wording_and_moves_the_question(question: Question, author: User) -> None:
    revision = written(question)
    version = bank_version.bank_version()
    lifecycle.publish([revision], now=LATER, by=author)
    question.refresh_from_db()
    revision.refresh_from_db()
    assert (question.current, revision.published_at) == (revision, LATER)
    assert "which **two** help?" in question.search_text
    assert bank_version.bank_version() == version + 1
    entry = History.objects.filter(question=question).first()
    assert entry is not None
    assert (entry.action, entry.by, entry.at, entry.after) == ("published", author, LATER, {"revision": 1})
    with pytest.raises(RefusedError, match="published already"):
        lifecycle.publish([revision], now=LATER, by=author)
    with pytest.raises(RefusedError, match="cannot be changed"):
        revisions.rewrite(revision, DRAFT, now=LATER, by=author)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "keys", "sentence"),
    [
        ("multiple-response", "", "needs a key"),
        ("multiple-response", "abcde", "one option that is not a key"),
        ("multiple-response", "a", "Make it multiple choice"),
        ("multiple-choice", "ab", "Make it multiple response"),
    ],
)
def test_a_key_that_nobody_could_answer_is_not_published(
    question: Question, kind: str, keys: str, sentence: str
) -> None:
    options = tuple(replace(option, correct=option.id in keys) for option in DRAFT.options)
    revision = written(question, replace(DRAFT, kind=kind, options=options))
    with pytest.raises(RefusedError, match=sentence):
        lifecycle.publish([revision], now=NOW, by=None)
    assert not Revision.objects.exclude(published_at=None).exists()


@pytest.mark.django_db
def test_revise_copies_the_newest_and_leaves_it(question: Question, author: User) -> None:
    with pytest.raises(RefusedError, match="no wording yet"):
        revisions.revise(question, now=NOW, by=author)
    first = written(question)
    assert revisions.revise(question, now=NOW, by=author) == first, "it is still being worked on"
    lifecycle.publish([first], now=NOW, by=author)
    second = revisions.revise(question, now=LATER, by=author)
    assert (second.number, second.published_at, second.made_by) == (2, None, author)
    assert replace(wordings.content_of(second), revision=1) == DRAFT
    question.refresh_from_db()
    assert question.current == first
    revisions.rewrite(second, replace(DRAFT, stem="Which two? (Select TWO.)"), now=LATER, by=author)
    first.refresh_from_db()
    assert first.stem == DRAFT.stem
    assert Option.objects.count() == 10


@pytest.mark.django_db
def test_a_wording_published_late_gets_the_highest_number(question: Question) -> None:
    lifecycle.publish([written(question)], now=NOW, by=None)
    slow, quick = written(question), written(question)
    assert (slow.number, quick.number) == (2, 3)
    lifecycle.publish([quick], now=NOW, by=None)
    lifecycle.publish([slow], now=NOW, by=None)
    question.refresh_from_db()
    assert question.current == slow
    assert slow.number == 4


@pytest.mark.django_db
def test_facts_are_recorded_only_when_they_change(question: Question, author: User) -> None:
    question.rating = 70
    question_rows.save_facts(question, now=NOW, by=author)
    entry = History.objects.get()
    assert (entry.before, entry.after, entry.by) == ({"rating": "60"}, {"rating": "70"}, author)
    version = bank_version.bank_version()
    question_rows.save_facts(question, now=NOW, by=author)
    assert History.objects.count() == 1
    assert bank_version.bank_version() == version
    question.status = "live"
    with pytest.raises(RefusedError, match="needs a published wording"):
        question_rows.save_facts(question, now=NOW, by=author)


@pytest.mark.django_db
def test_retiring_twice_is_one_act(question: Question, author: User) -> None:
    version = bank_version.bank_version()
    assert lifecycle.retire([question], now=NOW, by=author)
    assert not lifecycle.retire([question], now=NOW, by=author)
    question.refresh_from_db()
    assert question.status == "retired"
    assert History.objects.count() == 1
    assert bank_version.bank_version() == version + 1


@pytest.mark.django_db
def test_the_bank_s_version_is_swapped_only_from_what_was_read() -> None:
    version = bank_version.bank_version()
    assert bank_version.raise_bank_version(version)
    assert not bank_version.raise_bank_version(version)
    assert bank_version.bank_version() == version + 1
