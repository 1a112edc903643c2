"""The tables of the bank (CONTRIBUTING.md draws them)."""

from questions.models.blueprint import Blueprint
from questions.models.importing import ImportBatch, ImportFile, ImportRow
from questions.models.question import Enemy, Option, Question, QuestionPoint, Revision, Waiver
from questions.models.record import Bank, Draft, History, QuestionReport, RaterRating
from questions.models.statistics import ItemParameter, ItemStatistics, OptionStatistics, ScaleVersion
from questions.models.syllabus import ExamDomain, PlanPart, Point, Task, Topic

__all__ = [
    "Bank",
    "Blueprint",
    "Draft",
    "Enemy",
    "ExamDomain",
    "History",
    "ImportBatch",
    "ImportFile",
    "ImportRow",
    "ItemParameter",
    "ItemStatistics",
    "Option",
    "OptionStatistics",
    "PlanPart",
    "Point",
    "Question",
    "QuestionPoint",
    "QuestionReport",
    "RaterRating",
    "Revision",
    "ScaleVersion",
    "Task",
    "Topic",
    "Waiver",
]
