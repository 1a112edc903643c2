"""What the front page suggests to do next: read a result, go on with practice, practice a topic, or sit an exam."""

from collections.abc import Collection
from dataclasses import dataclass

from exams.models import Attempt
from exams.services.practice.practice import open_practices
from exams.services.practice.study_records import StudyRecords
from exams.services.progress.mastery import NextTopic


@dataclass(frozen=True, slots=True)
class NextStep:
    """`kind` is result, practice, topic or exam; `attempt` belongs to the first two, `topic` to the third."""

    kind: str
    attempt: Attempt | None = None
    topic: NextTopic | None = None


def next_step(records: StudyRecords, but: Collection[str] = ()) -> NextStep:
    """Return the next step: a result to read, open practice, the topic with the most points to gain, or an exam.

    `but` are the codes of exams to leave out. Two queries.
    """
    candidate = records.candidate
    assert candidate is not None
    waiting = Attempt.objects.awaiting_score().filter(candidate=candidate).exclude(blueprint_code__in=but)
    if pending := waiting.order_by("-started_at").first():
        return NextStep("result", pending)
    if practices := open_practices([candidate.pk], but):
        return NextStep("practice", practices[0])
    if records.blueprint.exam.practice and records.weak:
        return NextStep("topic", topic=records.weak[0])
    return NextStep("exam")
