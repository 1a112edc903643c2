"""Make accounts with roles, and a question that is ready for review."""

import datetime
from dataclasses import replace

from django.contrib.auth.models import Group

from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.models import ExamDomain, Point, Question, QuestionPoint, Revision, Task, Topic, User
from questions.services import revisions

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
PASSWORD = "correct horse battery"
CONTENT = QuestionContent(
    id="own-question",
    stem="A bakery measures the weight of all loaves and wants one report on every row.\n\nWhich step is right?",
    options=(
        OptionContent("a", True, "Read every row of the table in the job.", "All rows are read then."),
        OptionContent("b", False, "Move the table into another bucket.", "The place has no say in the rows."),
        OptionContent("c", False, "Give the role of the job more rights.", "It reads the table already."),
        OptionContent("d", False, "Start the same job on each Monday.", "The same rows are read again."),
    ),
    explanation="A job reads a sample of the rows unless it is told to read all of them.",
    references=(Reference("JobSample", "https://docs.aws.amazon.com/databrew/", "2026-11-25"),),
)


def account(name: str, group: str, email: str = "") -> User:
    """Return a member of staff in a group of the admin, with PASSWORD."""
    user = User.objects.create_user(name, email, PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def place() -> Topic:
    """Return a topic with two points, in a syllabus for this place only."""
    domain, _ = ExamDomain.objects.get_or_create(exam="OWN", number=1, defaults={"title": "First things"})
    task, _ = Task.objects.get_or_create(exam_domain=domain, code="1.1", defaults={"title": "Do it"})
    topic, made = Topic.objects.get_or_create(task=task, slug="own-topic", defaults={"title": "Own topic"})
    if made:
        Point.objects.bulk_create(Point(topic=topic, code=f"own{n}", text=f"Point {n}", ordinal=n) for n in (1, 2))
    return topic


def question(author: User, code: str = "own-question", content: QuestionContent = CONTENT) -> Question:
    """Return a local draft that is ready for review."""
    topic = place()
    row = Question.objects.create(
        code=code,
        exam_domain=topic.task.exam_domain,
        topic=topic,
        as_of=datetime.date(2026, 11, 1),
        license="CC-BY-SA-4.0",
        author=author,
    )
    QuestionPoint.objects.create(question=row, point=topic.points.all()[0])
    revision = Revision(question=row, kind=content.kind, stem="")
    revisions.begin(revision, now=NOW, by=author)
    revisions.rewrite(revision, replace(content, id=code), now=NOW, by=author)
    return Question.objects.get(pk=row.pk)
