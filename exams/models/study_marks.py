"""What a candidate keeps while studying: questions to come back to, topics read or done, and the goal for an exam."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from questions.models import Question, Topic
from questions.models.constraints import check, unique


class Star(models.Model):
    """A question to come back to."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="stars")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique("star_unique", ["candidate", "question"], _("This question has a star already.")),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.question_id}"


class TopicMark(models.Model):
    """A topic of the syllabus whose page was read, or that was ticked off in the plan. Rows exist only for marks."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="topic_marks")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            unique("topic_mark_unique", ["candidate", "topic"], _("This topic is marked already.")),
            check(
                "topic_mark_read_or_done",
                Q(read_at__isnull=False) | Q(done_at__isnull=False),
                _("A marked topic is read or done."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.topic_id}"


class StudyGoal(models.Model):
    """What a candidate wants to reach for an exam: be ready on a day, and answer so many questions each day.

    `exam` is the code whose syllabus the plan has; `planned_on` is when the day was set, from which the plan counts.
    Rows exist only for a goal.
    """

    DAILY_QUESTIONS = (10, 20, 40)

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="study_goals")
    exam = models.CharField(max_length=40)
    target_date = models.DateField(null=True, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    daily_questions = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            unique("study_goal_unique", ["candidate", "exam"], _("This candidate has a goal for this exam already.")),
            check("study_goal_has_exam", ~Q(exam=""), _("A goal belongs to an exam.")),
            check(
                "study_goal_day_or_questions",
                Q(target_date__isnull=False) | Q(daily_questions__isnull=False),
                _("A goal is a day, or a number of questions each day."),
            ),
            check(
                "study_goal_planned_before_day",
                Q(planned_on__isnull=True) | Q(planned_on__lt=F("target_date")),
                _("A plan begins before its day."),
            ),
            check(
                "study_goal_daily_questions",
                Q(daily_questions__isnull=True) | Q(daily_questions__in=[10, 20, 40]),
                _("The goal is 10, 20 or 40 questions each day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.exam}"
