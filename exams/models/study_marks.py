"""What a candidate keeps while studying: questions to come back to, topics read or done, and the day of an exam."""

from django.db import models
from django.db.models import Q
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
    """The day on which a candidate wants to be ready for an exam. `exam` is the code whose syllabus the plan has."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="study_goals")
    exam = models.CharField(max_length=40)
    target_date = models.DateField()

    class Meta:
        constraints = [
            unique("study_goal_unique", ["candidate", "exam"], _("This candidate has a date for this exam already.")),
            check("study_goal_has_exam", ~Q(exam=""), _("A date belongs to an exam.")),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.exam}"
