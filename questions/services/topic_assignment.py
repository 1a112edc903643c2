"""Assign topics to many drafts of an import that have none, each only if it has not changed since it was shown."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from questions.models import ImportBatch, Point, Question, QuestionPoint, Topic, User
from questions.services import drawing_rights, points_and_enemies, question_rows
from questions.services.history import record


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """The slug of a topic, the code of one of its points, and the version of the question that was shown."""

    topic: str
    point: str | None
    read_version: int


def assign_topics(
    batch: ImportBatch, choices: Mapping[int, TopicChoice], *, now: datetime.datetime, by: User
) -> tuple[list[Question], dict[str, str]]:
    """Assign topics to drafts of this import, given by key.

    Return the changed questions, and why others were left out, by code.
    """
    assigned: list[Question] = []
    left_out: dict[str, str] = {}
    topics = Topic.objects.select_related("task__exam_domain").in_bulk(
        list({choice.topic for choice in choices.values()}), field_name="slug"
    )
    points = Point.objects.in_bulk([choice.point for choice in choices.values() if choice.point], field_name="code")
    for key in sorted(choices):
        choice = choices[key]
        topic, point = topics.get(choice.topic), points.get(choice.point or "")
        with transaction.atomic():
            row = Question.objects.select_for_update(of=("self",)).select_related("exam_domain").filter(pk=key).first()
            if row is None:
                continue
            if row.lock_version != choice.read_version:
                left_out[row.code] = _("Someone else changed this question. Reload the page.")
            elif row.batch_id != batch.pk or row.status != Question.Status.DRAFT or row.topic_id:
                left_out[row.code] = drawing_rights.refusal(row, {"topic"}, by) or _(
                    "Only a draft of this import that has no topic gets one here. Choose its topic in the editor."
                )
            elif topic is None or row.syllabus not in ("", topic.task.exam_domain.exam):
                left_out[row.code] = _("This topic belongs to another exam. Choose another topic.")
            else:
                row.topic, row.exam_domain = topic, topic.task.exam_domain
                question_rows.save_facts(row, now=now, by=by)
                if point and point.topic_id == topic.pk and not QuestionPoint.objects.filter(question=row).exists():
                    points_and_enemies.set_points({row.pk: [point.pk]})
                    record(row, "edited", now=now, by=by, before={"points": []}, after={"points": [point.code]})
                assigned.append(row)
    return assigned, left_out
