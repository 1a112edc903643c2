"""Test that revisions are filled, copied and numbered."""

from dataclasses import replace

import pytest

from questions.models import Option, Question, Revision, User
from questions.services import lifecycle, revisions, wordings
from questions.services.errors import RefusedError
from tests.questions.services.two_keys import CONTENT, LATER, NOW, stored_question, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> Question:
    return stored_question()


def key_codes(revision: Revision) -> set[str]:
    """Return the codes of the correct options."""
    return {option.code for option in revision.options.all() if revision.key >> option.bit & 1}


def test_a_wording_is_rendered_and_gets_its_key(question: Question, author: User) -> None:
    revision = written(question, by=author)
    assert (revision.number, revision.choose, revision.n_options, revision.made_by) == (1, 2, 5, author)
    assert key_codes(revision) == {"a", "c"}
    assert '<p class="ask">' in revision.stem_html
    assert "<strong>two</strong>" in revision.stem_html
    assert revision.options.get(code="a").text_html == "Use <code>pip</code>."
    assert revision.options.get(code="b").rationale_html.strip() == "<p>Wrong.</p>"
    assert revision.references == [{"title": "Page", "url": "https://docs.example.org/page"}]
    assert wordings.content_of(revision) == CONTENT


def test_revise_copies_the_newest_wording_and_does_not_change_it(question: Question, author: User) -> None:
    with pytest.raises(RefusedError, match="no text yet"):
        revisions.revise(question, now=NOW, by=author)
    first = written(question)
    assert revisions.revise(question, now=NOW, by=author) == first, "it is not published yet"
    lifecycle.publish([first], now=NOW, by=author)
    second = revisions.revise(question, now=LATER, by=author)
    assert (second.number, second.published_at, second.made_by) == (2, None, author)
    assert replace(wordings.content_of(second), revision=1) == CONTENT
    question.refresh_from_db()
    assert question.current == first
    revisions.rewrite(second, replace(CONTENT, stem="Which two? (Select TWO.)"), now=LATER, by=author)
    first.refresh_from_db()
    assert first.stem == CONTENT.stem
    assert Option.objects.count() == 10
    bits = [dict(revision.options.values_list("code", "bit")) for revision in (first, second)]
    assert bits[0] == bits[1], "answers and statistics stay with their options"


def test_options_that_leave_and_come_back_in_a_draft_have_their_bits_again(question: Question, author: User) -> None:
    first = written(question)
    lifecycle.publish([first], now=NOW, by=author)
    second = revisions.revise(question, now=LATER, by=author)
    a, b, c, d, e = CONTENT.options
    f, g = replace(d, id="f", text="Ask."), replace(e, id="g", text="Tell.")
    for written_options in ((a, b, c, f, g), (a, b, c), CONTENT.options):
        revisions.rewrite(second, replace(CONTENT, stem="Which?", options=written_options), now=LATER, by=author)
    bits = [dict(revision.options.values_list("code", "bit")) for revision in (first, second)]
    assert bits[0] == bits[1]
