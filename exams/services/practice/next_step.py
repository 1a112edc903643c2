"""Choose the one thing that a candidate who comes back should do next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from exams.models import Attempt, Candidate
from exams.services.practice.practice import open_practices
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import NextTopic, weakest_topics
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class NextStep:
    """`kind` is result, practice, topic or exam; `attempt` belongs to the first two, `topic` to the third."""

    kind: str
    attempt: Attempt | None = None
    topic: NextTopic | None = None


def next_step(
    candidate: Candidate, blueprint: Blueprint, answers: Sequence[Answer], beside: Collection[int] = ()
) -> NextStep:
    """Return the next step: a result to read, open practice, the topic with the most points to gain, or an exam.

    `answers` are all `past_answers` of the candidate. Five queries, more while an exam is open.
    """
    pending = Attempt.objects.awaiting_score().filter(candidate=candidate).order_by("-started_at").first()
    if pending:
        return NextStep("result", pending)
    if practices := open_practices([candidate.pk]):
        return NextStep("practice", practices[0])
    if blueprint.exam.practice and (topics := weakest_topics(candidate, blueprint, 1, beside, answers)):
        return NextStep("topic", topic=topics[0])
    return NextStep("exam")
