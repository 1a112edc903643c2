"""Test what the apps declare about their background work."""

import inspect
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from questions.services.job_kinds import KINDS, register


def test_each_kind_names_functions_that_exist() -> None:
    assert KINDS
    for kind in KINDS.values():
        assert list(inspect.signature(import_string(kind.function)).parameters) == ["work"], kind.name
        if kind.given_up:
            assert list(inspect.signature(import_string(kind.given_up)).parameters) == ["key", "now"], kind.name


def test_no_worker_is_ended_before_its_silence_counts() -> None:
    for kind in KINDS.values():
        assert kind.time_limit >= kind.max_silence.total_seconds(), kind.name


def test_what_the_sweeper_runs_needs_no_process_of_its_own() -> None:
    assert not [kind.name for kind in KINDS.values() if kind.by_sweeper and kind.own_process]


def test_work_that_is_repeated_less_than_daily_is_refused() -> None:
    weekly = replace(KINDS["erasure"], name="weekly", every=timedelta(days=7))
    with pytest.raises(ImproperlyConfigured, match="'weekly' must be repeated at least once a day"):
        register(weekly)
    assert "weekly" not in KINDS
