"""The only writer of Bank: the version under which processes cache the pool, and the hash of the loaded files."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import F

from questions.models import Bank

# Inside of `one_version`, the version once it was read, in a list that is empty before.
_read: ContextVar[list[int] | None] = ContextVar("bank_version", default=None)


def bank_version() -> int:
    """Return the version of the bank; 0 before anything was loaded. Inside of `one_version`, it is read once."""
    read = _read.get()
    if read:
        return read[0]
    version = Bank.objects.values_list("version", flat=True).first() or 0
    if read is not None:
        read.append(version)
    return version


@contextmanager
def one_version() -> Iterator[None]:
    """Read the version of the bank once: for what only reads, such as a page. A change by it is seen."""
    token = _read.set([])
    try:
        yield
    finally:
        _read.reset(token)


def raise_bank_version(based_on: int | None = None) -> bool:
    """Invalidate the cached pool of all processes.

    With `based_on`, do so only if the version is still that one. Return whether this call did it.
    """
    if read := _read.get():
        read.clear()
    Bank.objects.get_or_create(pk=1)
    row = Bank.objects.filter(pk=1) if based_on is None else Bank.objects.filter(pk=1, version=based_on)
    return row.update(version=F("version") + 1) == 1


def manifest_of(directory: str) -> str:
    """Return the hash of the files last loaded from a directory with this name; empty without any."""
    return _manifests().get(directory, "")


def loaded_directories() -> set[str]:
    """Return the names of all directories that were loaded; of those with the name of a shipped one, the paths."""
    return set(_manifests())


def _manifests() -> dict[str, str]:
    manifests: dict[str, str] | None = Bank.objects.filter(pk=1).values_list("manifests", flat=True).first()
    return manifests or {}


def set_manifest(directory: str, sha256: str) -> None:
    """Store the hash of the files of a directory; empty if they have to be loaded again."""
    bank, _created = Bank.objects.select_for_update().get_or_create(pk=1)
    bank.manifests[directory] = sha256
    bank.save(update_fields=["manifests"])
