"""What the lint says of a question in this database; it reads, and writes nothing."""

import datetime
from dataclasses import replace

from django.db.models import Q

from questions.content.schema import QuestionContent
from questions.lint import Context, Finding, Severity, lint
from questions.models import Revision
from questions.services import stored
from questions.services.lifecycle import content_of
from questions.services.near_duplicates import index


def whole(revision: Revision) -> QuestionContent:
    """This wording with the facts of its question: what a file would say if it were the one that counts."""
    said = content_of(revision)
    facts = next(stored.questions(Q(pk=revision.question_id))).draft
    return replace(
        facts,
        revision=said.revision,
        kind=said.kind,
        stem=said.stem,
        options=said.options,
        explanation=said.explanation,
        references=said.references,
    )


def check(
    draft: QuestionContent, exam: str, today: datetime.date, *, shipped: bool = False, near: bool = True
) -> list[Finding]:
    """All findings, errors first; waived warnings are left out. `near` also compares with the whole bank.

    Questions of an installation are held to its milder rules; `shipped` ones to those of question files.
    """
    near_duplicates = index() if near else None
    return lint(draft, Context(today, stored.syllabus(exam), near_duplicates, installed=not shipped))


def blocking(findings: list[Finding]) -> list[Finding]:
    """What keeps a question from review: errors, and warnings that nobody has waived."""
    return [finding for finding in findings if finding.severity is not Severity.INFO]
