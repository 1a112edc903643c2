"""Test what a process keeps of the stored bank: the syllabus, until a writer changes it."""

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from questions.content.syllabus import ExamDomain, Syllabus
from questions.services import stored_bank, syllabus_rows
from tests import factories

pytestmark = pytest.mark.django_db


def renamed(syllabus: Syllabus) -> Syllabus:
    first, *others = syllabus.exam_domains
    return replace(syllabus, exam_domains=(replace(first, title="Another title"), *others))


def test_the_syllabus_is_read_once_until_it_is_written(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    factories.small_blueprint()
    syllabus = stored_bank.kept_syllabus("TINY")
    assert syllabus == stored_bank.syllabus("TINY")
    assert syllabus
    with django_assert_num_queries(1):  # the version of the bank
        assert stored_bank.kept_syllabus("TINY") is syllabus
    syllabus_rows.write_syllabus("TINY", syllabus)
    assert stored_bank.kept_syllabus("TINY") is syllabus, "nothing has changed"
    syllabus_rows.write_syllabus("TINY", renamed(syllabus))
    assert stored_bank.kept_syllabus("TINY") == renamed(syllabus)


def test_a_syllabus_that_was_deleted_is_not_kept() -> None:
    factories.start_versions()
    syllabus_rows.write_syllabus("OWN", Syllabus((ExamDomain(1, "One"),)))
    assert stored_bank.kept_syllabus("OWN")
    syllabus_rows.delete_syllabus("OWN")
    assert stored_bank.kept_syllabus("OWN") is None


def test_exams_have_their_own_syllabus_and_none_is_known_of_another() -> None:
    factories.small_blueprint()
    factories.small_blueprint(code="OTHER")
    tiny, other = stored_bank.kept_syllabus("TINY"), stored_bank.kept_syllabus("OTHER")
    assert tiny
    assert other
    assert tiny.topics.keys().isdisjoint(other.topics)
    assert stored_bank.kept_syllabus("NONE") is None
