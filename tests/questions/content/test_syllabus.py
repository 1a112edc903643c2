"""Test syllabus files: the shipped one is complete, and faults of others have their lines."""

from pathlib import Path

import pytest

from questions.content.syllabus import read

SHIPPED = Path(__file__).resolve().parents[3] / "questions" / "bank" / "mls-c01" / "syllabus.yaml"
GOOD = """\
exam_domains:
  - number: 3
    title: "Modeling"
    tasks:
      - code: "3.4"
        title: "Tune"
        topics:
          - slug: one-topic
            title: "One"
            summary: "About one."
            weeks: [1, 2]
            services: [Amazon S3]
            points:
              - {id: g001, text: "Know one."}
              - {id: "3.4.1", text: "Know two."}
          - slug: other-topic
            title: "Other"
            summary: "About the other."
            weeks: [3]
            services: []
            points:
              - {id: g002, text: "Know three."}
plan:
  - {weeks: [1, 2], focus: "First"}
  - {weeks: [3], focus: "Then"}
"""


def test_the_shipped_syllabus_is_complete_and_planned_for_fourteen_weeks() -> None:
    syllabus, faults = read(SHIPPED)
    assert faults == []
    assert syllabus is not None
    assert [domain.number for domain in syllabus.exam_domains] == [1, 2, 3, 4]
    assert (len(syllabus.tasks), len(syllabus.topics), len(syllabus.points)) == (15, 119, 266)
    assert [week for part in syllabus.plan for week in part.weeks] == list(range(1, 15))
    taught = {week for topic in syllabus.topics.values() for week in topic.weeks}
    assert all(taught.intersection(part.weeks) for part in syllabus.plan)


def test_parts_are_found_by_their_codes() -> None:
    syllabus, faults = read(GOOD)
    assert faults == []
    assert syllabus is not None
    assert syllabus.exam_domain_of_task == {"3.4": 3}
    assert syllabus.task_of_topic["other-topic"] == "3.4"
    assert syllabus.points["3.4.1"].text == "Know two."
    assert syllabus.topics["one-topic"].services == ("Amazon S3",)
    assert [topic.slug for topic in syllabus.topics.values() if 3 in topic.weeks] == ["other-topic"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("number: 3", "number: three", 2, "exam_domains.1.number", "whole number"),
        ('code: "3.4"', "code: 3.4", 5, "exam_domains.1.tasks.1.code", "in quotes"),
        ("slug: other-topic", "slug: one-topic", 16, "exam_domains.1.tasks.1.topics.2.slug", "is used twice"),
        ("id: g002", "id: g001", 22, "exam_domains.1.tasks.1.topics.2.points.1.id", "is used twice"),
        ("weeks: [1, 2]\n", "weeks: []\n", 11, "exam_domains.1.tasks.1.topics.1.weeks", "empty"),
        ("weeks: [3]\n", "weeks: [4]\n", 19, "exam_domains.1.tasks.1.topics.2.weeks", "not in the plan"),
        ("weeks: [3],", "weeks: [2, 3],", 25, "plan.2.weeks", "two parts"),
        ('title: "Tune"', 'titel: "Tune"', 6, "exam_domains.1.tasks.1.titel", "not known"),
        ("services: [Amazon S3]", "services: Amazon S3", 12, "exam_domains.1.tasks.1.topics.1.services", "a list"),
    ],
)
def test_a_fault_names_its_line_and_field(old: str, new: str, line: int, field: str, expected: str) -> None:
    assert old in GOOD
    syllabus, faults = read(GOOD.replace(old, new, 1), "s.yaml")
    assert syllabus is None
    assert (line, field) in [(fault.line, fault.field) for fault in faults if expected in fault.sentence], faults


def test_a_syllabus_without_exam_domains_is_refused() -> None:
    assert read("plan: []\n")[0] is None
    assert read("exam_domains: []\n")[0] is None
    assert read("")[0] is None
