"""The tables of the bank (docs/architecture.md draws them)."""

from questions.models.autosaved_edit import AutosavedEdit
from questions.models.blueprint import Blueprint
from questions.models.collection import Collection
from questions.models.history import Bank, History
from questions.models.image import Image
from questions.models.imports import ImportBatch, ImportFile, ImportRow
from questions.models.job import Job
from questions.models.question import Enemy, Question, QuestionPoint, Waiver
from questions.models.question_report import QuestionReport
from questions.models.rater_rating import RaterRating
from questions.models.revision import Option, Revision
from questions.models.statistics import (
    AnalysisRun,
    ItemParameter,
    ItemStatistics,
    OptionStatistics,
    ScaleActivation,
    ScaleVersion,
)
from questions.models.syllabus import ExamDomain, PlanPart, Point, Task, Topic
from questions.models.user import User

__all__ = [
    "AnalysisRun",
    "AutosavedEdit",
    "Bank",
    "Blueprint",
    "Collection",
    "Enemy",
    "ExamDomain",
    "History",
    "Image",
    "ImportBatch",
    "ImportFile",
    "ImportRow",
    "ItemParameter",
    "ItemStatistics",
    "Job",
    "Option",
    "OptionStatistics",
    "PlanPart",
    "Point",
    "Question",
    "QuestionPoint",
    "QuestionReport",
    "RaterRating",
    "Revision",
    "ScaleActivation",
    "ScaleVersion",
    "Task",
    "Topic",
    "User",
    "Waiver",
]
