"""The writer of TopicMark beside `study_state`: topics whose pages a candidate has read, and those ticked off."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from exams.models import Candidate, TopicMark
from questions.models import Topic

READ, DONE = MARKS = ("read_at", "done_at")  # columns of TopicMark


def marks(candidate: Candidate | None) -> dict[str, TopicMark]:
    """Return the marks of a candidate by the slug of the topic: one query, none without a candidate."""
    if candidate is None:
        return {}
    rows = TopicMark.objects.filter(candidate=candidate).select_related("topic")
    return {row.topic.slug: row for row in rows}


def set_mark(candidate: Candidate, topic: Topic, mark: str, now: datetime) -> None:
    """Mark the topic as read or done. A topic that is marked already keeps its time."""
    assert mark in MARKS
    rows = TopicMark.objects.filter(candidate=candidate, topic=topic)
    if rows.update(**{mark: Coalesce(mark, Value(now))}):
        return
    try:
        with transaction.atomic():
            TopicMark.objects.create(candidate=candidate, topic=topic, **{mark: now})
    except IntegrityError:  # another click was faster; a third one may have taken it back since
        set_mark(candidate, topic, mark, now)


@transaction.atomic
def clear_mark(candidate: Candidate, topic: Topic, mark: str) -> None:
    """Remove a mark, and the row with its last one."""
    assert mark in MARKS
    row = TopicMark.objects.select_for_update().filter(candidate=candidate, topic=topic).first()
    if row is None:
        return
    setattr(row, mark, None)
    if row.read_at or row.done_at:
        row.save(update_fields=[mark])
    else:
        row.delete()
