"""The outline of an exam as people type or paste it: exam domains with weights, and their topics (no Django).

A line is an exam domain; one that begins with a space, a dash, a bullet or a number such as 1.2 is a topic of the exam
domain above. A line that begins with = says what the exam domain draws instead of the questions that are placed in it:
a collection, then topics by their slugs and #tags, such as '= german #week-3'. A tag with spaces has quotes: #"week 3".
A weight such as 40% ends the line of an exam domain. An outline without exam domains, even an empty one,
has a single exam domain, which pages do not show.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from questions.content.blueprint import BlueprintSpec, DomainWeight, Draw
from questions.content.proposed_codes import code_of
from questions.content.schema import Fault, is_tag
from questions.content.syllabus import ExamDomain, Syllabus, Task, Topic

FIELD = "outline"
MAX_DOMAINS, MAX_TOPICS, MAX_TITLE_CHARS, MAX_SLUG_CHARS = 99, 500, 200, 80
_TOPIC = re.compile(r"\s+(?:[-*•–·]\s*)?|[-*•–·]\s*|#{2,}\s*|\d+\.\d+[.)]?\s+")
_DRAW = re.compile(r"\s*=(?P<text>.*)")
_DRAWN_WORD = re.compile(r'#"[^"]*"|\S+')
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER = re.compile(r"(?:#\s*)?(?:(?:exam )?domain\s+)?\d*[.):]?\s+|#\s*", re.IGNORECASE)
# Begins at the start of a row of separators only: a search that began at each of them would take quadratic time.
_WEIGHT = re.compile(r"(?<![\s,;:(–-])[\s,;:(–-]*+\b(\d{1,3})\s*+%\)?\s*+\Z")


@dataclass(frozen=True, slots=True)
class OutlinedDomain:
    """An exam domain with the titles of its topics; the title is "" in an outline without exam domains."""

    title: str
    weight: int | None
    topics: tuple[str, ...]
    draws: tuple[Draw, ...] = ()


def read(text: str) -> tuple[list[OutlinedDomain] | None, list[Fault]]:
    """Return the exam domains of an outline with all weights, or None with all faults by line."""
    faults: list[Fault] = []
    domains: list[tuple[int, str, int | None]] = []
    topics: list[list[str]] = []
    draws: list[list[Draw]] = []
    seen: dict[tuple[int, str], int] = {}
    for line, raw in enumerate(textwrap.dedent(text.replace("\t", "    ")).splitlines(), 1):
        if not raw.strip():
            continue
        if draw := _DRAW.match(raw):
            if not topics:
                topics.append([])
                draws.append([])
            draws[-1] += _draw(draw["text"], line, faults)
            continue
        found = _TOPIC.match(raw)
        title, weight = (raw[found.end() :].strip(), None) if found else _domain(raw.strip())
        key = (len(topics) if found else 0, title.casefold())
        if not title or len(title) > MAX_TITLE_CHARS:
            sentence = f"Give a title of 1 to {MAX_TITLE_CHARS} characters."
            faults.append(Fault("", line, FIELD, sentence))
        elif seen.setdefault(key, line) != line:
            faults.append(Fault("", line, FIELD, f"'{title}' is on line {seen[key]} too. Keep one."))
        elif found:
            if not topics:
                topics.append([])
                draws.append([])
            seen[len(topics), title.casefold()] = line
            topics[-1].append(title)
        else:
            if topics and not domains:
                faults.append(Fault("", line, FIELD, "Begin with an exam domain, or use topics alone."))
            domains.append((line, title, weight))
            topics.append([])
            draws.append([])
    faults += _size_faults(len(domains), sum(map(len, topics)))
    weights = _weights(domains, faults)
    if faults:
        return None, faults
    if not domains:
        return [OutlinedDomain("", 100, tuple(topics[0]) if topics else (), tuple(draws[0]) if draws else ())], []
    rows = zip(domains, weights, topics, draws, strict=True)
    return [
        OutlinedDomain(title, weight, tuple(titles), tuple(drawn))
        for (_line, title, _typed), weight, titles, drawn in rows
    ], []


def _draw(text: str, line: int, faults: list[Fault]) -> list[Draw]:
    """Return what a line draws. Add a fault if it names no collection, or what no slug or tag can be."""
    collection, *words = [match[0] for match in _DRAWN_WORD.finditer(text)] or [""]
    tags = [word.strip('#"') for word in words if word.startswith("#")]
    topics = [word for word in words if not word.startswith("#")]
    wrong = [word for word in (collection, *topics) if not _SLUG.fullmatch(word)]
    wrong += [tag for tag in tags if not is_tag(tag)]
    if wrong:
        sentence = f"'{wrong[0]}' is no collection, topic or tag. Write a collection, then topics and #tags."
        faults.append(Fault("", line, FIELD, sentence))
        return []
    return [Draw(collection, tuple(dict.fromkeys(topics)), tuple(dict.fromkeys(tags)))]


def _domain(line: str) -> tuple[str, int | None]:
    """Return title and weight of an exam domain, without the number that it may begin with."""
    weight = _WEIGHT.search(line)
    title = line[: weight.start()] if weight else line
    number = _NUMBER.match(title)
    return (title[number.end() :] if number else title).strip(), int(weight[1]) if weight else None


def _size_faults(n_domains: int, n_topics: int) -> list[Fault]:
    if n_domains > MAX_DOMAINS or n_topics > MAX_TOPICS:
        sentence = f"An exam has at most {MAX_DOMAINS} exam domains and {MAX_TOPICS} topics."
        return [Fault("", None, FIELD, sentence)]
    return []


def _weights(domains: Sequence[tuple[int, str, int | None]], faults: list[Fault]) -> list[int]:
    """Return the weights; without any in the outline, all exam domains weigh the same."""
    typed = [weight for _line, _title, weight in domains if weight is not None]
    if not typed and domains:
        share, rest = divmod(100, len(domains))
        return [share + (place < rest) for place in range(len(domains))]
    for line, title, weight in domains:
        if not weight:
            sentence = f"'{title}' has no weight. Add one such as 40%, or leave all weights out."
            faults.append(Fault("", line, FIELD, sentence))
    if domains and len(typed) == len(domains) and sum(typed) != 100:
        faults.append(Fault("", None, FIELD, f"The weights sum to {sum(typed)}. They must sum to 100."))
    return typed


def write(spec: BlueprintSpec, syllabus: Syllabus | None) -> str:
    """Return the outline of an exam, which `read` reads."""
    titles = {domain.number: _topic_titles(domain) for domain in (syllabus.exam_domains if syllabus else ())}
    lines = []
    for domain in spec.exam_domains:
        if spec.shows_domains:
            lines.append(f"{domain.title}, {domain.weight}%")
        if spec.shows_domains or domain.draws != whole(spec.collections):
            lines += [_drawn_line(draw) for draw in domain.draws]
        lines += [f"- {title}" for title in titles.get(domain.number, ())]
    return "\n".join(lines)


def whole(collections: Iterable[str]) -> tuple[Draw, ...]:
    """Return what draws all questions of these collections, as an exam without exam domains does."""
    return tuple(Draw(name) for name in collections)


def _drawn_line(draw: Draw) -> str:
    tags = (f'#"{tag}"' if " " in tag else f"#{tag}" for tag in draw.tags)
    return " ".join(("=", draw.collection, *draw.topics, *tags))


def _topic_titles(domain: ExamDomain) -> list[str]:
    return [topic.title for task in domain.tasks for topic in task.topics]


def build(
    outlined: Sequence[OutlinedDomain], code: str, title: str, before: Syllabus | None
) -> tuple[Syllabus, tuple[DomainWeight, ...]]:
    """Return the syllabus of an outline and the weights of its exam domains.

    What has the same title in `before` stays the same exam domain or topic, with all that is known of it. So does what
    was renamed in its place. `title` is that of the exam, for the exam domain of an outline without any.
    """
    earlier = {domain.number: domain for domain in (before.exam_domains if before else ())}
    titles = [domain.title or title for domain in outlined]
    numbers = _matched(titles, [(number, domain.title) for number, domain in earlier.items()])
    unused = (number for number in range(1, MAX_DOMAINS + 1) if number not in earlier)
    slugs = Counter(topic.slug for domain in earlier.values() for task in domain.tasks for topic in task.topics)
    domains, weights = [], []
    for domain, own_title, matched in zip(outlined, titles, numbers, strict=True):
        number = matched or next(unused)
        tasks = _tasks(domain.topics, number, own_title, code, earlier.get(number), slugs)
        domains.append(ExamDomain(number, own_title, tasks))
        weights.append(DomainWeight(number, own_title, domain.weight or 0, domain.draws))
    return Syllabus(tuple(domains), before.plan if before else ()), tuple(weights)


def _tasks(
    titles: Sequence[str], number: int, domain_title: str, code: str, before: ExamDomain | None, slugs: Counter[str]
) -> tuple[Task, ...]:
    """Return the tasks of an exam domain: those of before with their topics, one for all new topics."""
    earlier = [(task, topic) for task in (before.tasks if before else ()) for topic in task.topics]
    places = _matched(titles, [(place, topic.title) for place, (_task, topic) in enumerate(earlier, 1)])
    new_task = earlier[0][0] if earlier else Task(f"{number}.1", domain_title, ())
    topics: dict[str, tuple[Task, list[Topic]]] = {}
    for title, place in zip(titles, places, strict=True):
        task, topic = earlier[place - 1] if place else (new_task, None)
        if topic is None:
            topic = Topic(_slug(code, title, slugs), title, "", (), (), ())
        kept = Topic(topic.slug, title, topic.summary, topic.weeks, topic.services, topic.points)
        topics.setdefault(task.code, (task, []))[1].append(kept)
    return tuple(Task(task.code, task.title, tuple(kept)) for task, kept in topics.values())


def _matched(titles: Sequence[str], before: Sequence[tuple[int, str]]) -> list[int]:
    """Return for each title the number it had, 0 for a new one.

    In a list of the same length, and where there was only one, a new title is a new name of what was in its place.
    """
    numbers = {title.casefold(): number for number, title in before}
    matched = [numbers.get(title.casefold(), 0) for title in titles]
    if len(titles) == len(before) or len(before) == 1:
        used = set(matched)
        for place, (number, _title) in enumerate(before[: len(titles)]):
            if not matched[place] and number not in used:
                matched[place] = number
    return matched


def _slug(code: str, title: str, taken: Counter[str]) -> str:
    """Return an unused slug that begins with the code of the exam: slugs are unique in all exams."""
    words = code_of(f"{code} {title}")[: MAX_SLUG_CHARS - 4].strip("-")
    taken[words] += 1
    if taken[words] == 1:
        return words
    return next(free for n in _numbers() if not taken[free := f"{words}-{n}"] and not taken.update([free]))


def _numbers() -> Iterable[int]:
    return range(2, MAX_TOPICS + 2)
