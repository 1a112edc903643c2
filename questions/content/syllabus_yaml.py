"""Write a syllabus as YAML; `questions.content.syllabus` reads it (no Django)."""

import json
from collections.abc import Iterator, Sequence

from questions.content.strict_yaml import is_plain
from questions.content.syllabus import ExamDomain, Syllabus, Task, Topic


def dump(syllabus: Syllabus) -> str:
    """Return the file of a syllabus. Titles and sentences are quoted, codes only if YAML could misread them."""
    lines = ["exam_domains:"]
    for domain in syllabus.exam_domains:
        lines += _exam_domain(domain)
    if syllabus.plan:
        lines.append("plan:")
    for part in syllabus.plan:
        lines += [f"  - weeks: {_numbers(part.weeks)}", f"    focus: {quoted(part.focus)}"]
    return "\n".join(lines) + "\n"


def _exam_domain(domain: ExamDomain) -> Iterator[str]:
    yield f"  - number: {domain.number}"
    yield f"    title: {quoted(domain.title)}"
    yield "    tasks:" if domain.tasks else "    tasks: []"
    for task in domain.tasks:
        yield from _task(task)


def _task(task: Task) -> Iterator[str]:
    yield f"      - code: {word(task.code)}"
    yield f"        title: {quoted(task.title)}"
    yield "        topics:" if task.topics else "        topics: []"
    for topic in task.topics:
        yield from _topic(topic)


def _topic(topic: Topic) -> Iterator[str]:
    yield f"          - slug: {word(topic.slug)}"
    yield f"            title: {quoted(topic.title)}"
    yield f"            summary: {quoted(topic.summary)}"
    yield f"            weeks: {_numbers(topic.weeks)}"
    yield f"            services: [{', '.join(_name(service) for service in topic.services)}]"
    yield "            points:" if topic.points else "            points: []"
    for point in topic.points:
        yield f"              - {{id: {word(point.id)}, text: {quoted(point.text)}}}"


def _numbers(numbers: Sequence[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


def word(code: str) -> str:
    """Return a code, quoted only if YAML could misread it."""
    return code if is_plain(code) else quoted(code)


def _name(name: str) -> str:
    """Return a name; one of plain words needs no quotes."""
    words = name.split(" ")
    return name if is_plain(words[0]) and all(word.isalnum() and word.isascii() for word in words) else quoted(name)


def quoted(text: str) -> str:
    """Return a text in double quotes, on one line."""
    # JSON strings are YAML strings, apart from characters that YAML requires to be escaped.
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}" for char in json.dumps(text, ensure_ascii=False)
    )
