"""What candidates type for a topic, a service or a term, and its texts do not say in these words (no Django).

The list is `typed_words.yaml`, for all shipped guides together: short and former names, abbreviations in full,
symptoms. A topic is named by its slug. The search finds what is typed as it finds a title.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from questions.content.declarations import Word
from questions.content.yaml_fields import read_file

_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class _Named:
    name: str
    typed: tuple[Annotated[str, Word(spaced=True)], ...]


@dataclass(frozen=True)
class _TypedWords:
    services: tuple[_Named, ...]
    terms: tuple[_Named, ...]
    topics: tuple[_Named, ...]


@lru_cache(maxsize=1)
def typed_words() -> Mapping[str, tuple[str, ...]]:
    """Return what is typed, by the slug of a topic or the name of a service or term; ValueError for a broken file."""
    read, faults = read_file(_FILE, _FILE.name, lambda fields: fields.read(_TypedWords))
    if read is None:
        raise ValueError("\n".join(map(str, faults)))
    return {row.name: row.typed for row in (*read.services, *read.terms, *read.topics)}
