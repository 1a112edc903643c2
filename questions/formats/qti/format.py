"""QTI in and out: choice items of QTI 3.0, 2.2, 2.1 and 1.2 (Canvas) are read, a QTI 3.0 package is written."""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from questions.content.schema import Fault, QuestionContent
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.qti import items, qti12
from questions.formats.qti.items import Place
from questions.formats.qti.package import package
from questions.formats.strict_xml import DOCTYPE, child, children, descendants, element_text, local_name, parse_xml
from questions.formats.zip_packages import BadPackage, Package, is_zip, open_package

FORMAT = "qti3"
EXTENSIONS = (".zip", ".imscc", ".xml", ".qti")
LOSES = (
    "revision and status",
    "rating",
    "enemies and waivers",
    "the date of the facts (as_of)",
    "license",
    "references",
    "a task without its topic",
    "the number that a list begins with, if it is not 1",
)
_MANIFEST = "imsmanifest.xml"
_LINED = ("item", *items.ROOTS)


def read(data: bytes, name: str) -> ParsedFile:
    """The questions of an item, of a QTI 1.2 file or of a package, each taken or refused. Never raises."""
    if is_zip(data):
        opened, faults = open_package(data, name)
        return ParsedFile(FORMAT, faults=tuple(faults)) if opened is None else _read_package(opened, name)
    root = parse_xml(data, name, lined=_LINED)
    if isinstance(root, Fault):
        return ParsedFile(FORMAT, faults=(root,))
    found = list(_questions(root, name, lambda path: False, Place()))
    if found:
        return ParsedFile(FORMAT, tuple(_numbered(found)))
    return ParsedFile(FORMAT, faults=(Fault(name, 1, "", _no_items(root)),))


def _no_items(root: Element) -> str:
    kind = local_name(root.tag)[:40]
    if kind == "manifest":
        return "This is the manifest of a package. Import the whole zip file."
    if kind in ("assessmentTest", "qti-assessment-test"):
        return f"<{kind}> holds no items itself. Import the package with its items."
    if kind == qti12.ROOT:
        return "The file has no <item>."
    return f"This is no QTI file: it begins with <{kind}>."


def _questions(root: Element, file: str, has: Callable[[str], bool], place: Place) -> Iterator[ParsedQuestion]:
    kind = local_name(root.tag)
    if kind in items.ROOTS:
        yield items.read_item(root, 1, file, has, place)
    elif kind == qti12.ROOT or kind in qti12.BARE_ROOTS:
        for item, bank in qti12.bank_titles(root):
            yield qti12.read_item(item, bank, 1, file, has)


def _numbered(found: Sequence[ParsedQuestion]) -> Iterator[ParsedQuestion]:
    for number, each in enumerate(found, 1):
        yield ParsedQuestion(number, each.line, each.name, each.content, each.domain, each.refusals, each.ignored)


def _read_package(opened: Package, name: str) -> ParsedFile:
    found: list[ParsedQuestion] = []
    faults: list[Fault] = []
    names = frozenset(opened.names)
    places: dict[str, Place] = {}
    quizzes: set[str] = set()
    for file in _in_order(opened, places, faults):
        try:
            root = parse_xml(opened.read(file), f"{name}/{file}", lined=_LINED)
        except BadPackage as error:
            faults.append(Fault(name, None, "", str(error)))
            continue
        if isinstance(root, Fault):
            if root.field == DOCTYPE:
                faults.append(root)
            else:
                found.append(ParsedQuestion(0, root.line, file, None, refusals=(f"{file}: {root.sentence}",)))
            continue
        if local_name(root.tag) == qti12.ROOT:
            # A cartridge has each quiz twice, once as Canvas itself reads it; that one comes first.
            quiz = next((each.get("ident", "") for each in children(root)), "")
            if quiz and quiz in quizzes:
                continue
            quizzes.add(quiz)
        found += _questions(root, f"{name}/{file}", _lookup(names, file), places.get(file, Place()))
    if not faults and not found:
        faults.append(Fault(name, None, "", "The package has no QTI items."))
    return ParsedFile(FORMAT, () if faults else tuple(_numbered(found)), tuple(faults))


def _lookup(names: frozenset[str], file: str) -> Callable[[str], bool]:
    """Whether a path as an item writes it, or a path from the top of the package, is there."""
    folder = posixpath.dirname(file)

    def has(path: str) -> bool:
        places = (posixpath.join(folder, path), path, posixpath.join("web_resources", path))
        return any(posixpath.normpath(each) in names for each in places)

    return has


def _in_order(opened: Package, places: dict[str, Place], faults: list[Fault]) -> list[str]:
    """The files that may hold items (Blackboard's end with .dat): as the manifest lists them, then the others.

    Fills `places` from it.
    """
    files = {each for each in opened.names if each.lower().endswith((".xml", ".qti", ".dat"))}
    files = {each for each in files if not posixpath.basename(each).startswith("._")}  # a Mac's own notes
    manifest = min((each for each in files if posixpath.basename(each) == _MANIFEST), key=len, default=None)
    listed: list[str] = []
    if manifest is not None:
        try:
            root = parse_xml(opened.read(manifest), manifest)
        except BadPackage as error:
            root = Fault(manifest, None, "", str(error))
        if isinstance(root, Fault):
            faults.append(root)
            return []
        folder = posixpath.dirname(manifest)
        for resource in descendants(root, "resource"):
            hrefs = [resource.get("href", ""), *(each.get("href", "") for each in children(resource, "file"))]
            for href in hrefs:
                path = posixpath.normpath(posixpath.join(folder, unquote(href)))
                if path in files and path not in places:
                    places[path] = _place(resource)
                    listed.append(path)
    order = {path: number for number, path in enumerate(listed)}
    return sorted(
        (each for each in files if posixpath.basename(each) != _MANIFEST),
        key=lambda path: ("non_cc_assessments" not in path, order.get(path, len(order)), path),
    )


def _place(resource: Element) -> Place:
    """Categories and keywords of a resource: LOM classification and keywords."""
    lom = child(resource, "metadata", "lom")
    path = tuple(
        text
        for classification in children(lom, "classification")
        for taxon in descendants(classification, "taxon")
        if (text := element_text(child(taxon, "entry")))
    )
    tags = tuple(text for keyword in children(child(lom, "general"), "keyword") if (text := element_text(keyword)))
    return Place(path, tags)


def write(questions: Sequence[QuestionContent]) -> bytes:
    """The questions as a QTI 3.0 package, a zip file that is the same for the same questions. Raises CannotHold."""
    return package(questions)
