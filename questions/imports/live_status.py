"""Whether an imported question may keep the status 'live', which skips the review."""

from django.utils import timezone

from questions.content.schema import MAX_LIVE_RATING, MIN_LIVE_RATING, QuestionContent, is_live_rating
from questions.content.syllabus import Syllabus
from questions.lint import Context, Severity, lint
from questions.services import collections

KEEP_LIVE = "questions.import_live"


def reason_to_stay_draft(content: QuestionContent, syllabus: Syllabus) -> str:
    """Return why a question of the file cannot be live at once, in a sentence; empty if it can."""
    if not is_live_rating(content.rating):
        return f"Imported as a draft: a live question has a rating from {MIN_LIVE_RATING} to {MAX_LIVE_RATING}."
    house = collections.rules_for(content.collection)
    findings = lint(content, Context(timezone.localdate(), syllabus, installed=True, house=house))
    errors = [finding for finding in findings if finding.severity == Severity.ERROR]
    return f"Imported as a draft, not live: {errors[0].located}" if errors else ""
