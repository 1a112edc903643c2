"""Test that the version of the bank is compared and swapped, and that what only reads reads it once."""

import pytest
from pytest_django import DjangoAssertNumQueries

from questions.services import bank_version
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_version_is_raised_only_from_the_version_that_was_read() -> None:
    version = bank_version.bank_version()
    assert bank_version.raise_bank_version(version)
    assert not bank_version.raise_bank_version(version)
    assert bank_version.bank_version() == version + 1


def test_a_page_reads_the_version_once_and_the_next_one_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.start_versions()
    with bank_version.one_version(), django_assert_num_queries(1):
        first = bank_version.bank_version()
        assert bank_version.bank_version() == first
    bank_version.raise_bank_version()
    with bank_version.one_version(), django_assert_num_queries(1):
        assert bank_version.bank_version() == first + 1
    with django_assert_num_queries(2):
        assert {bank_version.bank_version() for _ in range(2)} == {first + 1}


def test_what_raises_the_version_itself_sees_that_one() -> None:
    factories.start_versions()
    with bank_version.one_version():
        before = bank_version.bank_version()
        bank_version.raise_bank_version()
        assert bank_version.bank_version() == before + 1
