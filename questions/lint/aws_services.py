"""AWS services that are retired, out of scope, closed to new customers or renamed.

The list is `aws_services.yaml`: names, states with their dates if known, and the words that name the service in a text,
in their capitals ('Ground Truth' is a service, 'ground truth' is not). `explain` marks services whose old name
candidates meet too, so that a question should give both.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from questions.content.declarations import Choice, Day
from questions.content.yaml_fields import read_file

OUT_OF_SCOPE, RETIRED, CLOSED = "out-of-scope", "retired", "closed"
_FILE = Path(__file__).with_name("aws_services.yaml")


@dataclass(frozen=True)
class Service:
    """A service with its state, and the ISO date of the change, if known."""

    name: str
    status: Annotated[str, Choice((OUT_OF_SCOPE, RETIRED, CLOSED))]
    words: tuple[str, ...]
    since: Annotated[str, Day()] | None = None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, self.words))})(?![\w-])")

    def named_in(self, text: str) -> bool:
        return bool(self._pattern.search(text))


@dataclass(frozen=True)
class Renamed:
    """A service under its current name and its former ones."""

    name: str
    formerly: tuple[str, ...]
    explain: bool

    @property
    def former_names(self) -> tuple[str, ...]:
        """The former names with their maker, without short forms of them; all names if none has it."""
        return tuple(name for name in self.formerly if name.startswith(("Amazon ", "AWS "))) or self.formerly

    @cached_property
    def _old(self) -> re.Pattern[str]:
        # 'Amazon SageMaker Pipelines' is another name, not the old name of SageMaker AI.
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.formerly))})(?!\w| [A-Z])")

    @cached_property
    def _new(self) -> re.Pattern[str]:
        short = self.name.removeprefix("Amazon ")
        return re.compile(rf"(?<!\w){re.escape(short)}(?!\w)")

    def old_name_in(self, text: str) -> str | None:
        match = self._old.search(text)
        return match[0] if match else None

    def new_name_in(self, text: str) -> bool:
        # 'Kinesis Data Firehose' contains 'Data Firehose'.
        return bool(self._new.search(self._old.sub("", text)))


@dataclass(frozen=True)
class _Services:
    """The file: services by state, and renamed ones."""

    status: tuple[Service, ...]
    renamed: tuple[Renamed, ...]


@lru_cache(maxsize=1)
def services() -> tuple[tuple[Service, ...], tuple[Renamed, ...]]:
    """Return the services by state and the renamed ones. Raise ValueError if the file is broken."""
    read, faults = read_file(_FILE, _FILE.name, lambda fields: fields.read(_Services))
    if read is None:
        raise ValueError("\n".join(map(str, faults)))
    return read.status, read.renamed
