"""Rules about the place of a question in the syllabus; silent where no syllabus is given."""

from collections.abc import Iterator

from questions.content.schema import QuestionContent
from questions.lint.rules import Context, E, rule

type Found = Iterator[tuple[str, str]]


@rule("unknown-exam-domain", E)
def unknown_exam_domain(draft: QuestionContent, context: Context) -> Found:
    """The exam domain of a question without topic is one of the syllabus."""
    if context.syllabus and draft.exam_domain is not None:
        numbers = [domain.number for domain in context.syllabus.exam_domains]
        if draft.exam_domain not in numbers:
            known = ", ".join(map(str, numbers))
            yield "exam_domain", f"The syllabus has no exam domain {draft.exam_domain}. Known are {known}."


@rule("unknown-task", E)
def unknown_task(draft: QuestionContent, context: Context) -> Found:
    """The task is one of the syllabus."""
    if context.syllabus and draft.task is not None and draft.task not in context.syllabus.tasks:
        yield "task", f"The syllabus has no task {draft.task}. Choose one that it has."


@rule("unknown-topic", E)
def unknown_topic(draft: QuestionContent, context: Context) -> Found:
    """The topic is one of the syllabus, and belongs to the task."""
    if not context.syllabus or draft.topic is None:
        return
    task = context.syllabus.task_of_topic.get(draft.topic)
    if task is None:
        yield "topic", f"The syllabus has no topic '{draft.topic}'. Choose one that it has."
    elif task != draft.task:
        yield (
            "topic",
            f"The topic '{draft.topic}' belongs to task {task}, not {draft.task}. Change one of them.",
        )


@rule("unknown-point", E)
def unknown_point(draft: QuestionContent, context: Context) -> Found:
    """Each point is one of the syllabus."""
    for number, point in enumerate(draft.points, 1):
        if context.syllabus and point not in context.syllabus.points:
            yield f"points.{number}", f"The syllabus has no point '{point}'. Choose one that it has."
