"""Rules about the place of a question in the syllabus. Without a syllabus most yield nothing."""

from questions.content.schema import QuestionContent
from questions.lint.rules import Context, E, Findings, W, rule


@rule("exam-domain-missing", E)
def exam_domain_missing(question: QuestionContent, context: Context) -> Findings:
    """Every question has an exam domain, by its topic or alone."""
    if question.task is None and question.exam_domain is None:
        yield "exam_domain", "The question has neither a topic nor an exam domain. Choose one."


@rule("unknown-exam-domain", E)
def unknown_exam_domain(question: QuestionContent, context: Context) -> Findings:
    """The exam domain of a question without topic is one of the syllabus."""
    if context.syllabus and question.exam_domain is not None:
        numbers = [domain.number for domain in context.syllabus.exam_domains]
        if question.exam_domain not in numbers:
            known = ", ".join(map(str, numbers))
            yield "exam_domain", f"The syllabus has no exam domain {question.exam_domain}. Known exam domains: {known}."


@rule("unknown-task", E)
def unknown_task(question: QuestionContent, context: Context) -> Findings:
    """The task is one of the syllabus."""
    if context.syllabus and question.task is not None and question.task not in context.syllabus.tasks:
        yield "task", f"The syllabus has no task {question.task}. Choose a task from the syllabus."


@rule("unknown-topic", E)
def unknown_topic(question: QuestionContent, context: Context) -> Findings:
    """The topic is one of the syllabus, and belongs to the task."""
    if not context.syllabus or question.topic is None:
        return
    task = context.syllabus.task_of_topic.get(question.topic)
    if task is None:
        yield "topic", f"The syllabus has no topic '{question.topic}'. Choose a topic from the syllabus."
    elif task != question.task:
        yield (
            "topic",
            f"The topic '{question.topic}' belongs to task {task}, not {question.task}. Change one of them.",
        )


@rule("unknown-point", E)
def unknown_point(question: QuestionContent, context: Context) -> Findings:
    """Each point is one of the syllabus."""
    for number, point in enumerate(question.points, 1):
        if context.syllabus and point not in context.syllabus.points:
            yield f"points.{number}", f"The syllabus has no point '{point}'. Choose a point from the syllabus."


@rule("topic-not-assigned", E, installed=W)
def topic_not_assigned(question: QuestionContent, context: Context) -> Findings:
    """Every question has a task, a topic and at least one point of the syllabus, if it has any."""
    syllabus = context.syllabus
    if question.topic is None and (syllabus is None or syllabus.topics):
        yield "topic", "The question has no task and topic of the syllabus. Assign them."
    topic = syllabus.topics.get(question.topic or "") if syllabus else None
    has_points = topic.points if topic else syllabus is None or syllabus.points
    if not question.points and has_points:
        yield "points", "The question names no point of the syllabus. Assign one to three."
