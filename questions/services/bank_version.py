"""The only writer of Bank: the version under which processes cache the pool, and the hash of the loaded files."""

from django.db.models import F

from questions.models import Bank


def bank_version() -> int:
    """Return the version of the bank; 0 before anything was loaded."""
    return Bank.objects.values_list("version", flat=True).first() or 0


def raise_bank_version(based_on: int | None = None) -> bool:
    """Invalidate the cached pool of all processes.

    With `based_on`, do so only if the version is still that one. Return whether this call did it.
    """
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
