"""The only writer of Image: store pictures, find out who holds them, and delete those that no text names."""

import datetime
import re
from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from questions.content.picture_files import PictureFile
from questions.content.pictures import DIRECTORY
from questions.models import AutosavedEdit, Image, ImportRow, Option, Revision, User
from questions.services.jobs import Work
from questions.services.query_limits import ROWS_PER_QUERY

_HASH = re.compile(rf"{DIRECTORY}([0-9a-f]{{64}})")
_SOURCE = re.compile(rf'(?<=<img )src="{DIRECTORY}([0-9a-f]{{64}})\.[a-z]{{3,4}}"')
_TEXTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Revision.objects, ("stem", "explanation")),
    (Option.objects, ("text", "rationale")),
    (AutosavedEdit.objects.annotate(text=Cast("data", TextField())), ("text",)),
    (ImportRow.objects.annotate(text=Cast("plan", TextField())), ("text",)),
)
PICTURES_PER_QUERY = 20  # of up to 5 MB
UNUSED_RETENTION = datetime.timedelta(days=7)  # of a picture that was uploaded and is in no text yet


def store(pictures: Iterable[PictureFile], *, now: datetime.datetime, by: User | None) -> None:
    """Store pictures; those that are stored already stay as they are."""
    rows = [
        Image(
            sha256=picture.sha256, ending=picture.ending, width=picture.width, height=picture.height,
            data=picture.data, at=now, made_by=by,
        )
        for picture in pictures
    ]  # fmt: skip
    Image.objects.bulk_create(rows, ignore_conflicts=True, batch_size=PICTURES_PER_QUERY)


def unknown(names: Collection[str]) -> set[str]:
    """Return those names of pictures that are not stored."""
    return set(names) - {
        f"{DIRECTORY}{sha256}.{ending}"
        for batch in batched(sorted(names), ROWS_PER_QUERY)
        for sha256, ending in Image.objects.filter(sha256__in=map(_hash, batch)).values_list("sha256", "ending")
    }


def with_sizes(html: str) -> str:
    """Return rendered HTML with the sizes of its pictures, so that a page does not move when they arrive."""
    found = set(_SOURCE.findall(html)) if DIRECTORY in html else set()
    if not found:
        return html
    rows = Image.objects.filter(sha256__in=found).values_list("sha256", "width", "height")
    sizes = {sha256: f' width="{width}" height="{height}"' for sha256, width, height in rows}
    return _SOURCE.sub(lambda match: match[0] + sizes.get(match[1], ""), html)


def data_of(names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of those pictures that are stored, a few at a time in memory."""
    for batch in batched(sorted(names), PICTURES_PER_QUERY):
        rows = Image.objects.filter(sha256__in=map(_hash, batch)).order_by("sha256")
        for sha256, ending, data in rows.values_list("sha256", "ending", "data"):
            yield f"{DIRECTORY}{sha256}.{ending}", bytes(data)


def _hash(name: str) -> str:
    return name.removeprefix(DIRECTORY).partition(".")[0]


def delete_unused(work: Work) -> None:
    """Delete old pictures that no wording, commentary, unsaved edit or waiting import names: a job of each day."""
    old = dict(Image.objects.filter(at__lt=work.now() - UNUSED_RETENTION).values_list("sha256", "pk"))
    if not old:
        return
    used = set(_used())
    unused = [pk for sha256, pk in old.items() if sha256 not in used]
    for batch in batched(unused, ROWS_PER_QUERY):
        Image.objects.filter(pk__in=batch).delete()


def _used() -> Iterator[str]:
    """Yield the hashes of the pictures that texts name."""
    for rows, columns in _TEXTS:
        holds = reduce(or_, (Q(**{f"{column}__contains": DIRECTORY}) for column in columns))
        for values in rows.filter(holds).order_by().values_list(*columns).iterator(chunk_size=ROWS_PER_QUERY):
            for value in values:
                yield from _HASH.findall(value or "")
