"""Reading of untrusted zip packages, which are checked before any member is decompressed.

Nothing is unpacked to disk. Names outside of the package, zip bombs (by count, size and ratio), links, and encrypted
or overlapping members are refused.
"""

import io
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from questions.content.schema import Fault

MEGABYTE = 1 << 20
MAX_UPLOAD_BYTES = 50 * MEGABYTE  # 10,000 questions with all their texts are 25 MB
MAX_FILES = 20_000
MAX_NAME_CHARS = 250
MAX_FILE_BYTES = 20 * MEGABYTE
MAX_TOTAL_BYTES = 100 * MEGABYTE
MAX_COMPRESSION_RATIO = 100  # XML is compressed about tenfold, a zip bomb a thousandfold
_MIN_BYTES_FOR_RATIO = MEGABYTE  # a short file of spaces is not a bomb
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL_CHARS = re.compile(r"[\x00-\x1f\x7f]")


class BadPackage(Exception):
    """A member cannot be read; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Package:
    """A checked zip file; `names` are those of its files (no folders), in the order of its directory."""

    names: tuple[str, ...]
    _zip: zipfile.ZipFile

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def unpacked_bytes(self) -> int:
        """How many bytes all files have once they are decompressed."""
        return sum(info.file_size for info in self._zip.infolist())

    def read(self, name: str) -> bytes:
        """Return the content of a file. Raise BadPackage if it is damaged or not as large as declared."""
        try:
            info = self._zip.getinfo(name)
            with self._zip.open(info) as member:
                content = member.read(info.file_size + 1)
        except KeyError:
            raise BadPackage(f"The package has no file '{name}'.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise BadPackage(f"The file '{name}' in the package is damaged. Create the package again.") from None
        if len(content) != info.file_size:
            raise BadPackage(f"The file '{name}' is not as large as the package says. Create the package again.")
        return content

    def lookup(self, file: str, *folders: str) -> Callable[[str], bytes | None]:
        """Return a function that reads a file by its path in another one: relative to it, to the package or folders."""
        names = frozenset(self.names)

        def find(path: str) -> bytes | None:
            candidates = [posixpath.join(folder, path) for folder in (posixpath.dirname(file), "", *folders)]
            name = next((name for path in candidates if (name := posixpath.normpath(path)) in names), None)
            try:
                return None if name is None else self.read(name)
            except BadPackage:
                return b""  # damaged: its decoder says so

        return find


def size_fault(size: int, name: str) -> Fault | None:
    """Return the fault of a file that is larger than MAX_UPLOAD_BYTES, else None."""
    if size <= MAX_UPLOAD_BYTES:
        return None
    limit = MAX_UPLOAD_BYTES // MEGABYTE
    return Fault(name, None, "", f"The file has {_megabytes(size)}. At most {limit} MB are allowed: split it.")


def is_zip(data: bytes) -> bool:
    """Return whether data starts as a zip file."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def open_package(data: bytes, name: str) -> tuple[Package | None, list[Fault]]:
    """Return the package of a zip file, or None and the faults. Nothing is decompressed. Never raises."""
    fault = size_fault(len(data), name)
    if fault:
        return None, [fault]
    # ZipFile makes an object of each directory entry, so count them first.
    if (count := data.count(b"PK\x01\x02")) > MAX_FILES:
        sentence = f"The package has {count:,} files. At most {MAX_FILES:,} are allowed."
        return None, [Fault(name, None, "", f"{sentence} Nothing of the package was read.")]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError):
        return None, [Fault(name, None, "", "The zip file is damaged. Create the package again.")]
    problem = next(_find_problems(archive, len(data)), "")
    if problem:
        return None, [Fault(name, None, "", f"{problem} Nothing of the package was read.")]
    return Package(tuple(member.filename for member in archive.infolist() if not member.is_dir()), archive), []


def _find_problems(archive: zipfile.ZipFile, size: int) -> Iterator[str]:
    members = archive.infolist()
    names: set[str] = set()
    for member in members:
        yield from _name_problems(member)
        short_name = member.filename[:80]
        if member.filename.casefold() in names:
            yield f"The file '{short_name}' appears twice in the package."
        names.add(member.filename.casefold())
        if member.flag_bits & 0x1:
            yield f"The file '{short_name}' is encrypted. Create the package without a password."
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield f"The file '{short_name}' is compressed in an unusual way. Create a standard zip file."
        if member.file_size > MAX_FILE_BYTES:
            sizes = f"{_megabytes(member.file_size)}. The limit is {_megabytes(MAX_FILE_BYTES)}."
            yield f"The file '{short_name}' has {sizes}"
        largest = max(_MIN_BYTES_FOR_RATIO, MAX_COMPRESSION_RATIO * max(member.compress_size, 1))
        if member.file_size > largest:
            yield f"The file '{short_name}' would grow to more than {MAX_COMPRESSION_RATIO} times its size."
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        yield f"The package unpacks to {_megabytes(total)}. The limit is {_megabytes(MAX_TOTAL_BYTES)}."
    if total > _MIN_BYTES_FOR_RATIO and total > MAX_COMPRESSION_RATIO * size:
        yield f"The package would grow to more than {MAX_COMPRESSION_RATIO} times its size."
    if sum(member.compress_size for member in members) > size:
        yield "Files of the package overlap."


def _name_problems(member: zipfile.ZipInfo) -> Iterator[str]:
    name = member.orig_filename  # zipfile cuts `filename` at a NUL and replaces backslashes
    short_name = _CONTROL_CHARS.sub("?", name[:80])
    if len(name) > MAX_NAME_CHARS:
        yield f"The name '{short_name}…' is too long: at most {MAX_NAME_CHARS} characters are allowed."
    parts = name.removesuffix("/").split("/")
    if not name or "\\" in name or _DRIVE.match(name) or _CONTROL_CHARS.search(name) or "" in parts or ".." in parts:
        yield f"The name '{short_name}' points outside of the package or contains special characters."
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"'{short_name}' is a link or a device, not a file."


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
