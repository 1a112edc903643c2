"""The file with everything about a person that was large enough to be made in the background."""

from django.db import models

from exams.models.candidate import Candidate
from questions.models import User


class DataFile(models.Model):
    """A ZIP for one candidate alone, kept for a day.

    `user` and `beside` are the account and the guest of the same browser who are in it too: only a browser with the
    same people gets it.
    """

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="data_file")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    beside = models.ForeignKey(Candidate, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(db_index=True)
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.made_at:%Y-%m-%d %H:%M}"
