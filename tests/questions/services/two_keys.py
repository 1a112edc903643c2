"""A multiple-response question with two keys, and functions that write its wordings."""

import datetime

from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.models import ExamDomain, Question, Revision, User
from questions.services import revisions

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
CONTENT = QuestionContent(
    id="one",
    stem="A team waits.\n\nWhich **two** help? (Select TWO.)",
    kind="multiple-response",
    options=(
        OptionContent("a", True, "Use `pip`.", "Right."),
        OptionContent("b", False, "Wait.", "Wrong."),
        OptionContent("c", True, "Go.", "Right."),
        OptionContent("d", False, "Sleep.", "Wrong."),
        OptionContent("e", False, "Eat.", "Wrong."),
    ),
    explanation="Because.",
    references=(Reference("Page", "https://docs.example.org/page"),),
)


def stored_question() -> Question:
    """Return a question with a rating and without a wording."""
    domain = ExamDomain.objects.create(exam="X-1", number=1, title="One")
    return Question.objects.create(code="one", exam_domain=domain, rating=60)


def written(question: Question, content: QuestionContent = CONTENT, by: User | None = None) -> Revision:
    """Return the next unpublished wording of a question, filled with this content."""
    revision = Revision(question=question, kind=content.kind, stem="")
    revisions.begin(revision, now=NOW, by=by)
    revisions.rewrite(revision, content, now=NOW, by=by)
    return revision
