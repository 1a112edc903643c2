"""The tables of a question's statistics, as text. What is not known or not defined is a dash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator

from exams.admin.analysis.flag_advice import flag_name
from exams.admin.analysis.question_figures import decimal, interval, share
from exams.services.analysis.question_statistics import RevisionRow, RevisionStatistics
from questions.models import Option

MAX_OPTION_CHARS = 90
UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class OptionLine:
    """An option and who chose it."""

    option: Option
    text: str
    is_key: bool
    count: int
    share: str
    low: str
    mid: str
    high: str
    r: str


@dataclass(frozen=True, slots=True)
class CurveLine:
    """A group of candidates of nearly the same ability."""

    ability: str
    n: int
    share: str
    interval: str
    expected: str


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """A published revision."""

    pk: int
    number: int
    published_at: datetime
    answered: str
    left_open: str
    right: str
    discrimination: str
    flags: list[str]


def option_lines(statistics: RevisionStatistics) -> list[OptionLine]:
    return [
        OptionLine(
            row.option,
            Truncator(" ".join(row.option.text.split())).chars(MAX_OPTION_CHARS),
            row.is_key,
            row.count,
            _share(row.share),
            _share(row.low),
            _share(row.mid),
            _share(row.high),
            _decimal(row.r),
        )
        for row in statistics.options
    ]


def curve_lines(statistics: RevisionStatistics) -> list[CurveLine]:
    return [
        CurveLine(
            f"{point.group.ability:+.1f}".replace("-", "−"),
            point.group.n,
            share(point.share),
            interval(point.interval),
            share(point.expected),
        )
        for point in statistics.curve
    ]


def revision_lines(rows: Iterable[RevisionRow]) -> list[RevisionLine]:
    return [
        RevisionLine(
            row.pk,
            row.number,
            row.published_at,
            str(row.row.n - row.row.left_open) if row.row else UNKNOWN,
            str(row.row.left_open) if row.row else UNKNOWN,
            _share(row.row.p if row.row and row.has_figures else None),
            _decimal(row.row.r if row.row and row.has_figures else None),
            [flag_name(flag) for flag in row.row.flags] if row.row else [],
        )
        for row in rows
    ]


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else share(value)


def _decimal(value: float | None) -> str:
    return UNKNOWN if value is None else decimal(value)
