"""The tables of exams."""

from exams.models.attempt import Allowance, Attempt, AttemptEvent
from exams.models.candidate import Candidate
from exams.models.form import Form, Mode, PassLineRule
from exams.models.heartbeat import Heartbeat
from exams.models.practice import RepetitionCard
from exams.models.report import DomainResult, KeyRuling, ScoreReport
from exams.models.response import Note, Response

__all__ = [
    "Allowance",
    "Attempt",
    "AttemptEvent",
    "Candidate",
    "DomainResult",
    "Form",
    "Heartbeat",
    "KeyRuling",
    "Mode",
    "Note",
    "PassLineRule",
    "RepetitionCard",
    "Response",
    "ScoreReport",
]
