"""What candidates type belongs to topics, services and terms that the shipped guides have, each once."""

from pathlib import Path

from questions.bank_files import glossary
from questions.bank_files.typed_words import typed_words
from questions.content import syllabus as syllabus_file

BANKS = Path(__file__).resolve().parents[3] / "questions" / "bank"


def test_each_name_is_that_of_a_topic_a_service_or_a_term() -> None:
    known: set[str] = set()
    for path in BANKS.glob("*/syllabus.yaml"):
        syllabus, _faults = syllabus_file.read(path)
        assert syllabus
        known |= syllabus.topics.keys()
        known |= {row.name for row in (*glossary.services(path.parent), *glossary.terms(path.parent))}
    assert typed_words().keys() - known == set()


def test_nothing_is_said_twice() -> None:
    for name, typed in typed_words().items():
        assert len(typed) == len(set(map(str.casefold, typed))), name
        assert name.casefold() not in map(str.casefold, typed), name
