"""QTI: reads choice items of QTI 3.0, 2.2, 2.1 and 1.2 (Canvas), writes QTI 3.0 packages."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from questions.content.schema import Fault, QuestionContent
from questions.formats.file_pictures import FilePictures
from questions.formats.parsed import NO_FACTS, ParsedFile, ParsedQuestion
from questions.formats.qti import items, qti12
from questions.formats.qti.items import PackageLabels
from questions.formats.qti.package import write_package
from questions.formats.strict_xml import DOCTYPE, child, children, descendants, element_text, local_name, parse_xml
from questions.formats.text_files import decode_xml
from questions.formats.zip_packages import BadPackage, Package, is_zip, open_package

FORMAT = "qti3"
EXTENSIONS = (".zip", ".imscc", ".xml", ".qti")
LOSES = (
    NO_FACTS,
    "references",
    "a second answer beside partial credit",
    "a task without its topic",
    "the number that a list begins with, if it is not 1",
)
_MANIFEST = "imsmanifest.xml"
_LINED_NAMES = ("item", *items.ROOTS)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse an item, a QTI 1.2 file or a package. Never raises."""
    if is_zip(data):
        package, faults = open_package(data, name)
        return ParsedFile(FORMAT, faults=tuple(faults)) if package is None else _read_package(package, name)
    data, warnings = decode_xml(data, name)
    root = parse_xml(data, name, lined=_LINED_NAMES)
    if isinstance(root, Fault):
        return ParsedFile(FORMAT, faults=(root,))
    pictures = FilePictures(lambda path: None)
    questions = list(_questions(root, name, pictures, PackageLabels()))
    if questions:
        return ParsedFile(FORMAT, tuple(_with_numbers(questions)), warnings=warnings, pictures=pictures.files())
    return ParsedFile(FORMAT, faults=(Fault(name, 1, "", _no_items_message(root)),))


def _no_items_message(root: Element) -> str:
    kind = local_name(root.tag)[:40]
    if kind == "manifest":
        return "This is the manifest of a package. Import the whole zip file."
    if kind in ("assessmentTest", "qti-assessment-test"):
        return f"<{kind}> contains no items. Import the package with its items."
    if kind == qti12.ROOT:
        return "The file has no <item>."
    return f"This is not a QTI file: it starts with <{kind}>."


def _questions(root: Element, file: str, pictures: FilePictures, labels: PackageLabels) -> Iterator[ParsedQuestion]:
    kind = local_name(root.tag)
    if kind in items.ROOTS:
        yield items.read_item(root, 1, file, pictures, labels)
    elif kind == qti12.ROOT or kind in qti12.BARE_ROOTS:
        for item, bank in qti12.items_with_titles(root):
            yield qti12.read_item(item, bank, file, pictures)


def _with_numbers(questions: Sequence[ParsedQuestion]) -> Iterator[ParsedQuestion]:
    for number, question in enumerate(questions, 1):
        yield replace(question, number=number, name=question.name or f"Question {number}")


def _read_package(package: Package, name: str) -> ParsedFile:
    questions: list[ParsedQuestion] = []
    faults: list[Fault] = []
    pictures = FilePictures(lambda path: None)
    labels_by_file: dict[str, PackageLabels] = {}
    quizzes: set[str] = set()
    for file in _ordered_files(package, labels_by_file, faults):
        try:
            root = parse_xml(package.read(file), f"{name}/{file}", lined=_LINED_NAMES)
        except BadPackage as error:
            faults.append(Fault(name, None, "", str(error)))
            continue
        if isinstance(root, Fault):
            if root.field == DOCTYPE:
                faults.append(root)
            else:
                questions.append(ParsedQuestion(0, root.line, file, None, refusals=(f"{file}: {root.sentence}",)))
            continue
        if local_name(root.tag) == qti12.ROOT:
            # A cartridge has each quiz twice; the first is the variant that Canvas itself reads.
            quiz = next((element.get("ident", "") for element in children(root)), "")
            if quiz and quiz in quizzes:
                continue
            quizzes.add(quiz)
        questions += _questions(
            root,
            f"{name}/{file}",
            pictures.at(package.lookup(file, "web_resources")),
            labels_by_file.get(file, PackageLabels()),
        )
    if not faults and not questions:
        faults.append(Fault(name, None, "", "The package has no QTI items."))
    read_questions = () if faults else tuple(_with_numbers(questions))
    return ParsedFile(FORMAT, read_questions, tuple(faults), pictures=pictures.files())


def _ordered_files(package: Package, labels_by_file: dict[str, PackageLabels], faults: list[Fault]) -> list[str]:
    """Return the files that may have items (Blackboard's end with .dat), those of the manifest first.

    Fills `labels_by_file` from the manifest.
    """
    files = {path for path in package.names if path.lower().endswith((".xml", ".qti", ".dat"))}
    files = {path for path in files if not posixpath.basename(path).startswith("._")}  # resource forks of macOS
    manifest = min((path for path in files if posixpath.basename(path) == _MANIFEST), key=len, default=None)
    listed: list[str] = []
    if manifest is not None:
        try:
            root = parse_xml(package.read(manifest), manifest)
        except BadPackage as error:
            root = Fault(manifest, None, "", str(error))
        if isinstance(root, Fault):
            faults.append(root)
            return []
        folder = posixpath.dirname(manifest)
        for resource in descendants(root, "resource"):
            hrefs = [resource.get("href", ""), *(file.get("href", "") for file in children(resource, "file"))]
            for href in hrefs:
                path = posixpath.normpath(posixpath.join(folder, unquote(href)))
                if path in files and path not in labels_by_file:
                    labels_by_file[path] = _package_labels(resource)
                    listed.append(path)
    order = {path: number for number, path in enumerate(listed)}
    return sorted(
        (path for path in files if posixpath.basename(path) != _MANIFEST),
        key=lambda path: ("non_cc_assessments" not in path, order.get(path, len(order)), path),
    )


def _package_labels(resource: Element) -> PackageLabels:
    """Return the categories and tags of a resource: its LOM classification and keywords."""
    lom = child(resource, "metadata", "lom")
    path = tuple(
        text
        for classification in children(lom, "classification")
        for taxon in descendants(classification, "taxon")
        if (text := element_text(child(taxon, "entry")))
    )
    tags = tuple(text for keyword in children(child(lom, "general"), "keyword") if (text := element_text(keyword)))
    return PackageLabels(path, tags)


def write(questions: Sequence[QuestionContent], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """Write a QTI 3.0 package, always the same for the same questions. Raise UnsupportedQuestions."""
    return write_package(questions, pictures or {})
