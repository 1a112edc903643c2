"""Syllabus place, topic and points as category paths and tags, for formats without fields for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from questions.content.schema import MAX_TAGS, QuestionContent, is_tag

_DOMAIN = re.compile(r"Exam domain ([1-9][0-9]?)\Z")
_TASK = re.compile(r"Task ([0-9]+\.[0-9]+)\Z")
_TOPIC, _POINT = "topic:", "point:"
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_POINT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\Z")


def category_path(question: QuestionContent) -> tuple[str, ...]:
    """Return the category from the top down, such as ("Exam domain 3", "Task 3.4"); empty without a place."""
    if question.task:
        return (f"Exam domain {question.task.partition('.')[0]}", f"Task {question.task}")
    return (f"Exam domain {question.exam_domain}",) if question.exam_domain is not None else ()


def category_tags(question: QuestionContent) -> tuple[str, ...]:
    """Return topic and points as tags, such as ("topic:dropout", "point:g156"), and the tags."""
    topic = (_TOPIC + question.topic,) if question.topic else ()
    return (*topic, *(_POINT + point for point in question.points), *question.tags)


def apply_labels(
    question: QuestionContent, path: Sequence[str], tags: Iterable[str]
) -> tuple[QuestionContent, tuple[str, ...]]:
    """Set the place named by category names and tags, and the other tags; return the question and the unused tags.

    A task counts only with its topic; without one, the exam domain alone is the place.
    """
    domains = [int(match[1]) for part in path if (match := _DOMAIN.match(part))]
    tasks = [match[1] for part in path if (match := _TASK.match(part))]
    topics: list[str] = []
    points: list[str] = []
    labels: list[str] = []
    unused: list[str] = []
    for tag in tags:
        if tag.startswith(_TOPIC) and _CODE.match(tag.removeprefix(_TOPIC)) and not topics:
            topics.append(tag.removeprefix(_TOPIC))
        elif tag.startswith(_POINT) and _POINT_CODE.match(tag.removeprefix(_POINT)):
            points.append(tag.removeprefix(_POINT))
        else:
            (labels if is_tag(tag) and len(labels) < MAX_TAGS else unused).append(tag)
    assigned = bool(tasks and topics)
    if topics and not assigned:
        unused += [_TOPIC + topic for topic in topics]
    question = replace(
        question,
        task=tasks[-1] if assigned else None,
        topic=topics[0] if assigned else None,
        exam_domain=None if assigned or not domains else domains[-1],
        points=tuple(dict.fromkeys(points)),
        tags=tuple(dict.fromkeys(labels)),
    )
    return question, tuple(unused)
