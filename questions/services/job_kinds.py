"""The kinds of background work that the apps declare when they start."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

MAX_DELAY = timedelta(days=1)  # no job waits longer


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of background work.

    `function` is the dotted path of a function that takes a `Work` and returns when the job is due again: None when it
    is done, the current time if it has stopped because of `Work.is_over`. `max_silence` is how long it may work without
    a sign of life, and `time_limit` after how many seconds a worker ends it.

    `by_sweeper`: it works in steps of a tenth of a second, so the sweeper may run some. `own_process`: it needs so much
    memory that it gets a process of its own. `every`: it is repeated after this time. `given_up` is the dotted path of
    a function that takes the key and the time when the last try has failed or the work was refused. `page` is the name
    of the URL that shows the work. Its address has the key, if there is one, in its path, or as this `page_parameter`.
    """

    name: str
    title: Any  # a lazy translation
    function: str
    max_silence: timedelta = timedelta(minutes=5)
    time_limit: int = 900
    by_sweeper: bool = False
    own_process: bool = False
    every: timedelta | None = None
    given_up: str = ""
    page: str = ""
    page_parameter: str = ""


KINDS: dict[str, JobKind] = {}


def register(*kinds: JobKind) -> None:
    """Declare kinds of work."""
    for kind in kinds:
        if kind.every and kind.every > MAX_DELAY:
            raise ImproperlyConfigured(f"The work '{kind.name}' must be repeated at least once a day.")
    KINDS.update((kind.name, kind) for kind in kinds)
