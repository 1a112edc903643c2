"""Use the fields of `test_parts.NEW_FIELDS` in a copy of the project: `seconds`, `audiences` and `calculator`.

The bank was loaded before these fields existed.
"""

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import pytest

django.setup()

from django.core.management import call_command  # noqa: E402  Django needs its settings first
from django.db import IntegrityError, transaction  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from questions.bank_files import question_yaml  # noqa: E402
from questions.bank_files.load import load  # noqa: E402
from questions.models import Revision, User  # noqa: E402
from questions.services import conflicts, stored_bank  # noqa: E402
from tests.authoring import NOW  # noqa: E402
from tests.questions.admin.editor.question_pages import address, sent  # noqa: E402
from tests.questions.management.bank_questions import ONE, SAMPLES, THREE, contents, facts  # noqa: E402


def content(code: str) -> Any:
    return next(stored_bank.questions(Q(code=code))).content


def write(bank: Path, **fields: Any) -> Path:
    """Write the file of the first question with these fields."""
    path = bank / SAMPLES[0]
    read, faults = question_yaml.read(path)
    assert read, faults
    path.write_text(question_yaml.dump(replace(read, **fields)), encoding="utf-8")
    return path


def check_files(bank: Path) -> None:
    """A file without the fields is unchanged; one with them is loaded, dumped, refused with the place."""
    versions = {code: facts(code).lock_version for code in (ONE, THREE)}
    result = load(bank, now=NOW, theirs=True)
    assert (len(result.unchanged), result.updated, result.conflicts) == (3, [], {})
    assert {code: facts(code).lock_version for code in (ONE, THREE)} == versions
    path = write(bank, revision=2, seconds=250, audiences=("drop-out", "loss"), calculator=False)
    text = path.read_text(encoding="utf-8")
    assert "license: CC-BY-SA-4.0\nseconds: 250\naudiences: [drop-out, loss]\ncalculator: false\nstem: |" in text
    _none, faults = question_yaml.read(text.replace("seconds: 250", "seconds: 0"), "q.yaml")
    assert [(fault.field, fault.sentence) for fault in faults] == [("seconds", "0 is out of range: from 1 to 10000.")]
    result = load(bank, now=NOW)
    assert (result.updated, result.faults) == ([ONE], [])
    row: Any = facts()
    assert (row.seconds, row.audiences, row.current.calculator, row.current.number) == (
        250,
        ["drop-out", "loss"],
        False,
        2,
    )
    hashes = Revision.objects.filter(question=row).values_list("sha256", flat=True)
    assert len(set(hashes)) == 2, "a field of the wording is hashed"
    with TemporaryDirectory() as directory:
        call_command("dump_bank", directory, stdout=StringIO())
        assert contents(Path(directory))[SAMPLES[0]] == path.read_bytes()


def check_immutability() -> None:
    """A field of the wording is frozen with it."""
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        Revision.objects.filter(question=facts()).exclude(published_at=None).update(calculator=True)


def check_json(directory: Path) -> None:
    """An export has the fields, an import takes them."""
    file = directory / "export.json"
    call_command("export_questions", str(file), "--format", "json", stdout=StringIO())
    (exported,) = (row for row in json.loads(file.read_text(encoding="utf-8")) if row["id"] == ONE)
    assert (exported["seconds"], exported["audiences"], exported["calculator"]) == (250, ["drop-out", "loss"], False)
    file.write_text(json.dumps([exported | {"seconds": 300}]), encoding="utf-8")
    output = StringIO()
    call_command("import_questions", str(file), "--exam", "MLS-C01", stdout=output)
    assert "time it takes" in output.getvalue(), output.getvalue()
    assert content(ONE).seconds == 300
    file.write_text(json.dumps([{key: value for key, value in exported.items() if key != "seconds"}]), encoding="utf-8")
    call_command("import_questions", str(file), "--exam", "MLS-C01", stdout=StringIO())
    assert content(ONE).seconds == 300, "an import empties no field"


def check_pages(client: Client) -> None:
    """The form edits the fields, the history and the page of the question show them."""
    data = sent(client, address(facts()), seconds="350", audiences='["loss"]')  # without a point of another topic
    answer = client.post(address(facts()), data)
    assert answer.status_code == 302, answer.context["question_forms"].errors
    assert (content(ONE).seconds, content(ONE).audiences, content(ONE).calculator) == (350, ("loss",), False)
    history = client.get(address(facts(), "versions")).content.decode()
    assert "time it takes" in history
    record = facts().history.filter(action="edited", after__has_key="seconds").first()
    assert record
    assert (record.before["seconds"], record.after["seconds"], record.after["audiences"]) == ("300", "350", ["loss"])


def check_merge(bank: Path, reviewer: User) -> None:
    """A value that was changed here and in the file is a conflict, which is settled part by part."""
    write(bank, seconds=400, audiences=("drop-out", "loss"))
    result = load(bank, now=NOW)
    assert result.conflicts == {ONE: ("seconds",)}
    assert result.kept == {ONE: ("points", "seconds", "audiences")}
    (choice,) = conflicts.choices(facts(), reviewer)
    assert (choice.label, choice.parts[0].before, choice.parts[0].after) == ("time it takes", "350", "400")
    version = facts().lock_version
    conflicts.settle(facts(), kept=(), taken=("seconds",), read_version=version, now=NOW, by=reviewer)
    assert (content(ONE).seconds, content(ONE).audiences) == (400, ("loss",))


def main() -> None:
    call_command("makemigrations", "questions", verbosity=0)
    call_command("migrate", verbosity=0)
    setup_test_environment()
    bank = Path(sys.argv[1])
    admin = User.objects.create_superuser("ada", password="correct horse battery")
    client = Client()
    client.force_login(admin)
    check_files(bank)
    check_immutability()
    check_json(bank.parent)
    check_pages(client)
    check_merge(bank, admin)
    sys.stdout.write("The new fields are everywhere.\n")


if __name__ == "__main__":
    main()
