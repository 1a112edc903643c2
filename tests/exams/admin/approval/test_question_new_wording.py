"""Test the review of a new wording: its changes, a changed key with its exams, and whether the question is the same."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Response
from questions.content.schema import OptionContent
from questions.models import Question, RaterRating, Revision, User
from questions.services import approval, ratings, revisions, wordings
from tests import authoring, factories
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


def address(question: Question) -> str:
    return reverse("admin:approval", args=[question.pk])


def sat(revision: Revision) -> None:
    """Put the revision into an exam."""
    response = factories.attempt().responses.filter(choose=1)[0]
    Response.objects.filter(pk=response.pk).update(revision=revision, key=revision.key)


@pytest.mark.slow
def test_a_new_wording_is_compared_with_the_old_one_after_the_answer(
    client: Client, reviewer: User, question: Question, author: User
) -> None:
    ratings.rate([question], 60, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    current = question.current
    assert current is not None
    revision = Revision(question=question, number=2, kind=current.kind, stem="", reason="Shorter")
    revisions.begin(revision, now=NOW, by=author)
    draft = wordings.content_of(current)
    shorter = replace(draft, stem=draft.stem.replace("all loaves", "each loaf"))
    revisions.rewrite(revision, shorter, now=NOW, by=author)
    question = Question.objects.get(pk=question.pk)
    approval.submit([question], now=NOW, by=author)
    RaterRating.objects.filter(rater=reviewer).delete()
    assert "<ins>" not in client.get(address(question)).text, "before the answer it would reveal the key"
    page = client.get(address(question) + "?ticked=0").text
    assert "Changes in the new revision" in page
    assert re.search(r"<del>all.*<ins>each", page, re.DOTALL)


def revised(question: Question, author: User, reviewer: User, *, same_item: bool = False, **changes: Any) -> Question:
    """Return a live question with a changed wording in review."""
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    question.refresh_from_db()
    work = revisions.revise(question, now=NOW, by=author)
    revisions.rewrite(work, replace(wordings.content_of(work), **changes), now=NOW, by=author)
    revisions.set_reason(work, "Better.", question.current if same_item else None)
    approval.submit([Question.objects.get(pk=question.pk)], now=NOW, by=author)
    return Question.objects.get(pk=question.pk)


def other_key() -> tuple[OptionContent, ...]:
    first, second, *others = authoring.CONTENT.options
    return (replace(first, correct=False), replace(second, correct=True), *others)


def reworded_options() -> tuple[OptionContent, ...]:
    first, *others = authoring.CONTENT.options
    return (replace(first, text="Read each row of the table."), *others)


@pytest.mark.slow
def test_a_changed_key_is_shown_with_the_exams_that_keep_the_old_one(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    question = revised(question, author, reviewer, options=other_key())
    page = re.sub(r"\s+", " ", client.get(address(question) + "?ticked=1").text)
    letters = {option.code: "ABCD"[option.ordinal] for option in revisions.revision_in_work(question).options.all()}
    old, new = f"{letters['a']} Read every row of the table", f"{letters['b']} Move the table"
    assert re.search(rf"Key: {old}.* → {new}", page)
    assert "no exam has the old key." in page
    client.force_login(account("rik", "Reviewer"))
    assert "Key: " not in client.get(address(question)).text, "before the answer"


@pytest.mark.slow
def test_after_the_approval_of_a_changed_key_the_page_leads_to_the_dispute(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    question = revised(question, author, reviewer, options=other_key())
    assert question.current
    sat(question.current)
    form = {"act": "approve", "start": "scored", "lock_version": question.lock_version}
    page = client.post(address(question), form, follow=True).text
    assert "own-question is approved." in page
    assert "1 exam keeps the old key." in page
    assert reverse("admin:exams_keyruling_dispute", args=[question.current.pk]) in page


@pytest.mark.slow
def test_changed_options_remain_the_same_question_only_if_the_reviewer_confirms_it(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    options = (
        replace(authoring.CONTENT.options[0], text="Read each row of the table."),
        *authoring.CONTENT.options[1:],
    )
    question = revised(question, author, reviewer, same_item=True, options=options)
    first = question.current
    assert "The changed options have the same meaning" in client.get(address(question) + "?ticked=1").text
    form = {"act": "approve", "start": "scored", "lock_version": question.lock_version}
    client.post(address(question), form | {"same_meaning": "1"})
    question.refresh_from_db()
    assert question.current
    assert (question.current.number, question.current.same_item_as) == (2, first)


@pytest.mark.slow
def test_without_the_tick_changed_options_make_another_question(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    options = (
        replace(authoring.CONTENT.options[0], text="Read each row of the table."),
        *authoring.CONTENT.options[1:],
    )
    question = revised(question, author, reviewer, same_item=True, options=options)
    client.post(address(question), {"act": "approve", "start": "scored", "lock_version": question.lock_version})
    question.refresh_from_db()
    assert question.current
    assert (question.current.number, question.current.same_item_as) == (2, None)


@pytest.mark.slow
def test_the_approval_never_lets_another_key_be_the_same_question(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    """The wording did not come through the editor, which refuses it."""
    first, second, *others = authoring.CONTENT.options
    options = (replace(first, text=second.text), replace(second, text=first.text), *others)
    question = revised(question, author, reviewer, same_item=True, options=options)
    form = {"act": "approve", "start": "scored", "lock_version": question.lock_version}
    client.post(address(question), form | {"same_meaning": "1"})
    question.refresh_from_db()
    assert question.current
    assert (question.current.number, question.current.same_item_as) == (2, None)


@pytest.mark.slow
def test_headings_are_nested_without_a_gap_after_the_answer(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    question = revised(question, author, reviewer, options=other_key())
    for query in ("", "?ticked=1"):
        levels = [int(level) for level in re.findall(r"<h([1-6])", client.get(address(question) + query).text)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (query, levels)


@pytest.mark.slow
def test_a_rationale_of_an_option_whose_key_changed_carries_a_hint_after_the_answer(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    question = revised(question, author, reviewer, options=other_key())
    page = client.get(address(question) + "?ticked=1").text
    assert page.count("Key changed: check the rationale") == 2
    for rationale in re.findall(r'class="rationale"><p class="key-changed">.*?</p>(.*?)</div>', page, re.DOTALL):
        assert rationale.strip()
    client.force_login(account("rik", "Reviewer"))
    assert "Key changed" not in client.get(address(question)).text, "before the answer"
