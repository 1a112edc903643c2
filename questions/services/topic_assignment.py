"""Gives topics to questions that have none, many at once: each only if nobody has changed it since it was shown."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from questions.models import Point, Question, QuestionPoint, Topic, User
from questions.services import lifecycle


@dataclass(frozen=True, slots=True)
class Place:
    """A topic by its slug, a point of it by its code, and the version of the question that was shown."""

    topic: str
    point: str | None
    read: int


def place(chosen: Mapping[int, Place], *, now: datetime.datetime, by: User) -> tuple[list[Question], dict[str, str]]:
    """The questions (by key) that got their place, and why others did not, by code."""
    given: list[Question] = []
    left: dict[str, str] = {}
    topics = Topic.objects.select_related("task__exam_domain").in_bulk(
        list({each.topic for each in chosen.values()}), field_name="slug"
    )
    points = Point.objects.in_bulk([each.point for each in chosen.values() if each.point], field_name="code")
    for key in sorted(chosen):
        wanted = chosen[key]
        topic, point = topics.get(wanted.topic), points.get(wanted.point or "")
        with transaction.atomic():
            row = Question.objects.select_for_update().select_related("exam_domain").filter(pk=key).first()
            if row is None:
                continue
            if row.lock_version != wanted.read:
                left[row.code] = _("Somebody changed this question meanwhile. Look at it again.")
            elif topic is None or topic.task.exam_domain.exam != row.exam_domain.exam:
                left[row.code] = _("This topic is not one of its exam. Choose another.")
            else:
                row.topic, row.exam_domain = topic, topic.task.exam_domain
                lifecycle.save_facts(row, now=now, by=by)
                if point and point.topic_id == topic.pk and not QuestionPoint.objects.filter(question=row).exists():
                    QuestionPoint.objects.create(question=row, point=point)
                    named = {"points": [point.code]}
                    lifecycle.record(row, "edited", now=now, by=by, before={"points": []}, after=named)
                given.append(row)
    return given, left
