"""Test that the documents name files, commands and code that exist."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

import exams.tasks
import questions.tasks

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
PACKAGES = "exams|questions|mlsprep"
TASKS = {
    task.name for module in (exams.tasks, questions.tasks) for task in vars(module).values() if hasattr(task, "delay")
}

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@each_document
def test_paths_exist(document: Path) -> None:
    """Check any path that begins with a top-level directory; `*` is a wildcard, `<name>` stands for any name."""
    directories = "|".join([PACKAGES, "templates", "static", "tests", "docs"])
    paths = re.findall(rf"(?<![\w/.<-])(?:{directories})/[\w./*<>-]*", document.read_text())
    patterns = {re.sub(r"<[\w-]+>", "*", path.rstrip(".")) for path in paths}
    assert [pattern for pattern in patterns if not any(ROOT.glob(pattern.rstrip("/")))] == []


@each_document
def test_relative_links_lead_to_files_and_headings(document: Path) -> None:
    broken = []
    for path, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#]*)#?([^)]*)\)", document.read_text()):
        target = (document.parent / path) if path else document
        if not target.exists() or (anchor and anchor not in headings(target)):
            broken.append(f"{path}#{anchor}")
    assert broken == []


def headings(document: Path) -> set[str]:
    """Return the anchors that GitHub generates for the headings."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_management_commands_exist(document: Path) -> None:
    commands = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert commands - get_commands().keys() == set()


@each_document
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make (?:-C \S+ )?([a-z]+)", document.read_text(), re.MULTILINE)) - targets == set()


@each_document
def test_dotted_names_exist(document: Path) -> None:
    """Check modules, their members, models and tasks, such as `exams.services` or `questions.User`."""
    names = set(re.findall(rf"`((?:{PACKAGES})(?:\.\w+)+)`", document.read_text()))
    assert [name for name in names if not resolves(name)] == []


def resolves(name: str) -> bool:
    app, _, member = name.partition(".")
    if name in TASKS or (app in apps.app_configs and member.lower() in apps.all_models[app]):
        return True
    module, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return "." in module and hasattr(importlib.import_module(module), attribute)
    return True


@each_document
def test_columns_exist(document: Path) -> None:
    """Check the fields of models, such as `Question.base`."""
    models = {
        model.__name__: model for app in ("questions", "exams") for model in apps.get_app_config(app).get_models()
    }
    pairs = re.findall(r"`([A-Z]\w+)\.(\w+)`", document.read_text())
    fields = {name: {field.name for field in model._meta.get_fields()} for name, model in models.items()}
    assert [pair for pair in pairs if pair[0] in fields and pair[1] not in fields[pair[0]]] == []


@each_document
def test_named_code_exists(document: Path) -> None:
    """Check that a "`name` in `path`" of a document is defined in that file."""
    pairs = re.findall(r"`(\w+)(?:\(\))?` in\s+`([\w./-]+\.(?:py|js))`", document.read_text())
    assert [(name, path) for name, path in pairs if name not in set(definitions(ROOT / path))] == []


def test_log_lines_exist() -> None:
    """Check the log lines that docs/operations.md explains; `…` stands for a value."""
    _, _, section = (ROOT / "docs" / "operations.md").read_text().partition("## Logs")
    sources = "".join(path.read_text() for package in PACKAGES.split("|") for path in (ROOT / package).rglob("*.py"))
    lines = re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE)
    assert lines
    assert [line for line in lines if not all(part.strip() in sources for part in line.split("…"))] == []


def definitions(file: Path) -> Iterator[str]:
    """Yield the functions, classes, methods and constants of a Python file, or what a JavaScript file declares."""
    text = file.read_text()
    if file.suffix == ".js":
        yield from re.findall(r"(?:function|const|let) (\w+)", text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
