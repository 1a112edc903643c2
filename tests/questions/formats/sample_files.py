"""Sample files of each format, written by other programs or modeled on theirs (`data/SOURCES`: origin and license)."""

from pathlib import Path

_DATA = Path(__file__).resolve().parent / "data"


def sample_files(format: str) -> dict[str, Path]:
    """Return the sample files of a format by name."""
    return {path.name: path for path in sorted((_DATA / format).rglob("*")) if path.is_file()}
