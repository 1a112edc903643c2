"""Test that the version of the bank is compared and swapped."""

import pytest

from questions.services import bank_version

pytestmark = pytest.mark.django_db


def test_the_version_is_raised_only_from_the_version_that_was_read() -> None:
    version = bank_version.bank_version()
    assert bank_version.raise_bank_version(version)
    assert not bank_version.raise_bank_version(version)
    assert bank_version.bank_version() == version + 1
