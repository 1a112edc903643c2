"""The syllabus of an exam: exam domain > task > topic > point."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import unique


class ExamDomain(models.Model):
    exam = models.CharField(max_length=40, help_text=_("Code of the exam, as in its blueprint."))
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["exam", "number"]
        verbose_name = _("exam domain")
        constraints = [
            unique(
                "exam_domain_number_unique",
                ["exam", "number"],
                _("This exam has an exam domain with this number already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Task(models.Model):
    exam_domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="tasks")
    code = models.CharField(max_length=10)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["exam_domain", "code"]
        constraints = [
            unique(
                "task_code_unique", ["exam_domain", "code"], _("This exam domain has a task with this code already.")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Topic(models.Model):
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="topics")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    weeks = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=list, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["task", "ordinal"]

    def __str__(self) -> str:
        return self.title


class Point(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="points")
    code = models.CharField(max_length=20, unique=True)
    text = models.TextField()
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["topic", "ordinal"]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class PlanPart(models.Model):
    """Some weeks of the study plan of an exam and their subject."""

    exam = models.CharField(max_length=40, help_text=_("Code of the exam, as in its blueprint."))
    ordinal = models.PositiveSmallIntegerField()
    weeks = models.JSONField(default=list)
    focus = models.TextField()

    class Meta:
        ordering = ["exam", "ordinal"]
        verbose_name = _("part of the study plan")
        verbose_name_plural = _("parts of the study plan")
        constraints = [
            unique(
                "plan_part_ordinal_unique",
                ["exam", "ordinal"],
                _("The plan of this exam has a part at this place already."),
            ),
        ]

    def __str__(self) -> str:
        return self.focus
