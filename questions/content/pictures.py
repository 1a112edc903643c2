"""Pictures in texts of questions: `![alternative text](images/<sha256>.png)`, named by the hash of their content."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from questions.content.schema import QuestionContent

DIRECTORY = "images/"
MAX_ALT_CHARS = 500
PICTURE = re.compile(
    rf"!\[(?P<alt>[^\[\]\n]{{0,{MAX_ALT_CHARS}}})\]\((?P<name>images/(?P<sha256>[0-9a-f]{{64}})\.(?:png|jpg|webp))\)"
)

_IMAGE = re.compile(r'<img [^<>]*?alt="([^"]*)"[^<>]*>')


def markdown(name: str, alt: str) -> str:
    """Return the Markdown of a picture; brackets of the alternative text become parentheses."""
    alt = " ".join(alt.translate({ord("["): "(", ord("]"): ")"}).split())[:MAX_ALT_CHARS]
    return f"![{alt}]({name})"


def describe_pictures(text: str) -> str:
    """Return a text with `[Picture: alternative text]` in place of each picture."""
    return PICTURE.sub(lambda match: f"[Picture: {match['alt']}]" if match["alt"] else "[Picture]", text)


def describe_images(html: str) -> str:
    """Return rendered HTML with `[Picture: alternative text]` in place of each picture, for use outside of the site."""
    return _IMAGE.sub(lambda match: f"[Picture: {match[1]}]" if match[1] else "[Picture]", html)


def texts_of(content: QuestionContent) -> Iterator[str]:
    """Yield all texts of a question that may hold pictures."""
    yield from (content.stem, content.explanation)
    for option in content.options:
        yield from (option.text, option.rationale)


def with_changed_texts(content: QuestionContent, change: Callable[[str], str]) -> QuestionContent:
    """Return the question with each of these texts changed."""
    options = tuple(
        replace(option, text=change(option.text), rationale=change(option.rationale)) for option in content.options
    )
    return replace(content, stem=change(content.stem), explanation=change(content.explanation), options=options)


def picture_names(content: QuestionContent) -> set[str]:
    """Return the names of all pictures of a question."""
    return {match["name"] for text in texts_of(content) for match in PICTURE.finditer(text)}
