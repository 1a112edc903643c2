"""What the front page suggests to do next: read a result, go on with practice, practice a topic, or sit an exam."""

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
    candidate: Candidate,
    blueprint: Blueprint,
    answers: Sequence[Answer],
    beside: Collection[int] = (),
    but: Collection[str] = (),
) -> NextStep:
    """Return the next step: a result to read, open practice, the topic with the most points to gain, or an exam.

    `answers` are all `past_answers` of the candidate, `but` the codes of exams to leave out. Five queries, more while
    an exam is open.
    """
    waiting = Attempt.objects.awaiting_score().filter(candidate=candidate).exclude(blueprint_code__in=but)
    pending = waiting.order_by("-started_at").first()
    if pending:
        return NextStep("result", pending)
    if practices := open_practices([candidate.pk], but):
        return NextStep("practice", practices[0])
    if blueprint.exam.practice and (topics := weakest_topics(candidate, blueprint, 1, beside, answers)):
        return NextStep("topic", topic=topics[0])
    return NextStep("exam")
