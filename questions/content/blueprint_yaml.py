"""Write a blueprint as YAML; `questions.content.blueprint` reads it (no Django)."""

from collections.abc import Iterator

from questions.content.blueprint import BlueprintSpec
from questions.content.syllabus_yaml import quoted, word


def dump(spec: BlueprintSpec) -> str:
    """Return the file of a blueprint. Titles are quoted, codes only if YAML could misread them."""
    return "\n".join(_lines(spec)) + "\n"


def _lines(spec: BlueprintSpec) -> Iterator[str]:
    yield f"code: {word(spec.code)}"
    yield f"version: {spec.version}"
    yield f"title: {quoted(spec.title)}"
    yield f"short_title: {quoted(spec.short_title)}"
    if spec.retired_on:
        yield f'retired_on: "{spec.retired_on}"'
    if spec.successors:
        yield "successors:"
    for successor in spec.successors:
        yield f"  - {{code: {word(successor.code)}, title: {quoted(successor.title)}}}"
    yield f"minutes: {spec.minutes}"
    yield f"counts: {{scored: {spec.scored}, unscored: {spec.unscored}}}"
    yield f"scale: {{min: {spec.scale.min}, pass: {spec.scale.passing}, max: {spec.scale.max}}}"
    yield f"kinds: [{', '.join(spec.kinds)}]"
    yield "exam_domains:" if spec.exam_domains else "exam_domains: []"
    for domain in spec.exam_domains:
        yield f"  - {{number: {domain.number}, title: {quoted(domain.title)}, weight: {domain.weight}}}"
    yield f"collections: [{', '.join(word(name) for name in spec.collections)}]"
    if spec.practice:
        yield f"practice: [{', '.join(word(name) for name in spec.practice)}]"
    if spec.extra_time:
        yield "extra_time:"
    for extra in spec.extra_time:
        yield f"  - {{code: {word(extra.code)}, title: {quoted(extra.title)}, minutes: {extra.minutes}}}"
    if not spec.self_allowance:
        yield "self_allowance: false"
    if spec.syllabus:
        yield f"syllabus: {word(spec.syllabus)}"
