"""What candidates keep about questions and topics, merged when a guest is claimed and deleted with the candidate.

These are repetition cards, flash cards, stars, topic marks, the days of exams and reminders. Each has a writer in
`practice` for all that happens while somebody studies; the tables are written here too, since a person is merged or
deleted as a whole.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from exams.models import Candidate, FlashCard, Reminders, RepetitionCard, Star, StudyGoal, TopicMark


def merge(guest: Candidate, candidate: Candidate) -> None:
    """Move all of it from `guest` to `candidate`: by union, of two cards the one reviewed later."""
    _merge_cards(guest, candidate)
    _merge_flash_cards(guest, candidate)
    guest.stars.exclude(question__in=candidate.stars.values("question")).update(candidate=candidate)
    guest.stars.all().delete()
    _merge_marks(guest, candidate)
    _merge_goals(guest, candidate)
    _merge_reminders(guest, candidate)


def _merge_goals(guest: Candidate, candidate: Candidate) -> None:
    """Keep what the candidate chose, and fill what was not chosen with what the guest chose."""
    theirs = {goal.exam: goal for goal in guest.study_goals.all()}
    for own in candidate.study_goals.filter(exam__in=theirs):
        if own.target_date is None:
            own.target_date, own.planned_on = theirs[own.exam].target_date, theirs[own.exam].planned_on
        own.daily_questions = own.daily_questions or theirs[own.exam].daily_questions
        own.save(update_fields=["target_date", "planned_on", "daily_questions"])
        theirs[own.exam].delete()
    guest.study_goals.update(candidate=candidate)


def _merge_reminders(guest: Candidate, candidate: Candidate) -> None:
    """Keep those of the candidate; without any, the hour of the guest, whose calendar others may know."""
    theirs = Reminders.objects.filter(candidate=guest)
    if Reminders.objects.filter(candidate=candidate).exists():
        theirs.delete()
    else:
        theirs.update(candidate=candidate, feed=None)


def end_feeds(candidates: QuerySet[Candidate] | Collection[Candidate]) -> None:
    """Revoke the calendars of candidates, also when their sessions end: people who know the address could read on."""
    Reminders.objects.filter(candidate__in=candidates, feed__isnull=False).update(feed=None)


def end_reminders(candidates: QuerySet[Candidate]) -> None:
    """Send no more mails to addresses that somebody else may have confirmed, and revoke the calendars."""
    Reminders.objects.filter(candidate__in=candidates).update(feed=None, mail_at=None, email="")


def _merge_cards(guest: Candidate, candidate: Candidate) -> None:
    own = dict(candidate.cards.values_list("question", "last_review"))
    newer = {
        question
        for question, reviewed in guest.cards.values_list("question", "last_review")
        if question not in own or _is_later(reviewed, own[question])
    }
    candidate.cards.filter(question__in=newer).delete()
    guest.cards.filter(question__in=newer).update(candidate=candidate)
    guest.cards.all().delete()


def _merge_flash_cards(guest: Candidate, candidate: Candidate) -> None:
    key = ("exam", "kind", "name")
    own = {tuple(row[:3]): row for row in candidate.flash_cards.values_list(*key, "last_review", "pk")}
    theirs = guest.flash_cards.values_list(*key, "last_review", "pk")
    newer = [row for row in theirs if tuple(row[:3]) not in own or row[3] > own[tuple(row[:3])][3]]
    candidate.flash_cards.filter(pk__in=[own[tuple(row[:3])][4] for row in newer if tuple(row[:3]) in own]).delete()
    guest.flash_cards.filter(pk__in=[row[4] for row in newer]).update(candidate=candidate)
    guest.flash_cards.all().delete()


def _is_later(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and (second is None or first > second)


def _merge_marks(guest: Candidate, candidate: Candidate) -> None:
    own = {mark.topic_id: mark for mark in candidate.topic_marks.all()}
    twice = list(guest.topic_marks.filter(topic__in=own))
    for mark in twice:
        own[mark.topic_id].read_at = own[mark.topic_id].read_at or mark.read_at
        own[mark.topic_id].done_at = own[mark.topic_id].done_at or mark.done_at
    candidate.topic_marks.bulk_update([own[mark.topic_id] for mark in twice], ["read_at", "done_at"])
    guest.topic_marks.exclude(topic__in=own).update(candidate=candidate)
    guest.topic_marks.all().delete()


def delete(candidates: Collection[Candidate]) -> None:
    """Delete all of it."""
    RepetitionCard.objects.filter(candidate__in=candidates).delete()
    FlashCard.objects.filter(candidate__in=candidates).delete()
    Star.objects.filter(candidate__in=candidates).delete()
    TopicMark.objects.filter(candidate__in=candidates).delete()
    StudyGoal.objects.filter(candidate__in=candidates).delete()
    Reminders.objects.filter(candidate__in=candidates).delete()
