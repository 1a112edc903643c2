"""The questions of the small bank: their files, their codes, and their rows."""

from collections.abc import Callable
from pathlib import Path

from questions.models import Question

SAMPLES = ("3.4/validation-below-training.yaml", "3.4/random-search-one-wave.yaml", "1.3/blood-bank-profile.yaml")
ONE, TWO, THREE = (Path(name).stem for name in SAMPLES)

type Edit = Callable[[str, str, str], None]


def facts(code: str = ONE) -> Question:
    return Question.objects.get(code=code)


def contents(directory: Path) -> dict[str, bytes]:
    """Return the bank files of a directory by their relative path."""
    paths = [
        directory / "syllabus.yaml",
        *directory.glob("*/*.yaml"),
        *directory.glob("guide/*.md"),
        *directory.glob("guide/figures/*.svg"),
        *directory.glob("images/*"),
    ]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
