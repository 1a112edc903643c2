"""Test what authors and raters get whose question is deleted meanwhile, because its import is undone."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from questions.imports import steps, undo
from questions.models import AutosavedEdit, History, Question, RaterRating, User
from questions.services import approval, editing, ratings, waivers
from questions.services.errors import QuestionDeletedError
from tests.questions.imports.importing import NOW, boat_count, confirmed_batch, reloaded, work_on

pytestmark = pytest.mark.django_db


def autosave(question: Question, by: User) -> None:
    editing.autosave(question, {"stem": ["Half"]}, now=NOW, by=by)


def rate(question: Question, by: User) -> None:
    ratings.rate([question], 70, now=NOW, by=by)


def save(question: Question, by: User) -> None:
    content = editing.stored_content(Question.objects.get(code="boat-2"))
    assert content
    links = editing.QuestionLinks(question.exam_domain, None)
    editing.save(question, content, links, read_version=question.lock_version, now=NOW, by=by)


def name_as_enemy(question: Question, by: User) -> None:
    other = Question.objects.get(code="boat-2")
    content = editing.stored_content(other)
    assert content
    links = editing.QuestionLinks(other.exam_domain, None, enemies=(question,))
    editing.save(other, content, links, read_version=other.lock_version, now=NOW, by=by)


def waive(question: Question, by: User) -> None:
    waivers.waive([question], "stem-length", "Short on purpose.", now=NOW, by=by)


def comment(question: Question, by: User) -> None:
    approval.comment(question, "Which boat?", now=NOW, by=by)


@pytest.mark.parametrize("act", [autosave, rate, save, name_as_enemy, waive, comment])
def test_a_change_of_a_deleted_question_is_refused_with_the_reason(act: Callable[[Question, User], None]) -> None:
    confirmed = confirmed_batch()
    work_on(confirmed)
    question, by = Question.objects.get(code="boat-1"), User.objects.create_user("ann")
    undo._delete([question.pk], confirmed, NOW, None)
    with pytest.raises(QuestionDeletedError, match="This question was deleted, because its import was undone"):
        act(question, by)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("act", "model"), [(autosave, AutosavedEdit), (rate, RaterRating)])
def test_a_change_during_an_undo_is_refused_or_keeps_the_question(
    act: Callable[[Question, User], None],
    model: type[AutosavedEdit] | type[RaterRating],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = confirmed_batch()
    work_on(batch)
    steps.undo(reloaded(batch), now=NOW)
    question, by = Question.objects.get(code="boat-1"), User.objects.create_user("ann")
    outcomes: list[Exception | None] = []

    def change() -> None:
        try:
            act(question, by)
            outcomes.append(None)
        except Exception as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=change)
    delete_for = undo.history.delete_for

    def slow_delete_for(keys: list[int]) -> None:
        monkeypatch.setattr(undo.history, "delete_for", delete_for)
        other.start()  # after the undo has looked for edits
        other.join(0.5)
        delete_for(keys)

    monkeypatch.setattr(undo.history, "delete_for", slow_delete_for)
    work_on(batch)
    other.join(60)
    assert [type(outcome) for outcome in outcomes] == [QuestionDeletedError]
    assert (boat_count(), model.objects.count(), History.objects.filter(question=question.pk).count()) == (0, 0, 0)
