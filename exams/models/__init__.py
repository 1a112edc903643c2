"""The tables of exams."""

from exams.models.attempt import Allowance, Attempt, AttemptEvent
from exams.models.candidate import Candidate
from exams.models.form import Form, Mode, PassLineRule
from exams.models.heartbeat import Heartbeat
from exams.models.key_ruling import KeyRuling
from exams.models.outage import Outage
from exams.models.person_data_file import DataFile
from exams.models.reminders import Reminders
from exams.models.repetition_card import FlashCard, RepetitionCard, ScheduledCard
from exams.models.response import Note, Response
from exams.models.roster import Roster, RosterEntry
from exams.models.score_report import DomainResult, ScoreReport
from exams.models.sitting import Participant, Sitting
from exams.models.stored_report import StoredReport
from exams.models.study_marks import Star, StudyGoal, TopicMark

__all__ = [
    "Allowance",
    "Attempt",
    "AttemptEvent",
    "Candidate",
    "DataFile",
    "DomainResult",
    "FlashCard",
    "Form",
    "Heartbeat",
    "KeyRuling",
    "Mode",
    "Note",
    "Outage",
    "Participant",
    "PassLineRule",
    "Reminders",
    "RepetitionCard",
    "Response",
    "Roster",
    "RosterEntry",
    "ScheduledCard",
    "ScoreReport",
    "Sitting",
    "Star",
    "StoredReport",
    "StudyGoal",
    "TopicMark",
]
