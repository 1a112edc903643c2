"""The database's bank as files: what `load` reads, byte for byte where nothing was edited in between.

Study pages are not in the database (see `questions.bank_files.study_pages`): those of the installed bank are copied.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from questions.bank_files import question_yaml, study_pages
from questions.content import syllabus_yaml as syllabus_form
from questions.services import stored

SYLLABUS = "syllabus.yaml"


@dataclass(frozen=True, slots=True)
class DumpResult:
    """How many questions were written, codes of those that have no wording yet and so no file, and
    question files of that place that belong to no question here.
    """

    written: int
    wordless: tuple[str, ...]
    foreign: tuple[Path, ...]


def dump(directory: Path, exam: str) -> DumpResult:
    """Writes syllabus, questions and study pages of an exam, local questions too.

    A file of the same question at another place of the directory is taken away (the question moved);
    files of other questions stay. Raises OSError where the directory cannot be written.
    """
    syllabus = stored.syllabus(exam)
    directory.mkdir(parents=True, exist_ok=True)
    if syllabus:
        _write(directory / SYLLABUS, syllabus_form.dump(syllabus).encode())
        for page in study_pages.page_files(settings.BANK_DIR):
            if page.stem in syllabus.topics:
                _write(study_pages.place(directory) / page.name, page.read_bytes())
    places: dict[str, Path] = {}
    of_exam = Q(exam_domain__exam=exam)
    for each in stored.questions(of_exam):
        path = directory / question_yaml.place(each.content)
        _write(path, question_yaml.dump(each.content).encode())
        places[each.content.id] = path
    foreign = []
    for path in question_yaml.question_files(directory):
        if path.stem not in places:
            foreign.append(path)
        elif path != places[path.stem]:
            path.unlink()
    wordless = sorted(stored.question_codes(of_exam) - set(places))
    return DumpResult(len(places), tuple(wordless), tuple(foreign))


def _write(path: Path, content: bytes) -> None:
    # Bytes, or Windows would end lines in its own way.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
