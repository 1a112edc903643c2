"""Zip packages from strangers: looked over before anything is read, then read within what was promised.

Nothing is ever unpacked to disk. Names that climb out of the package, bombs (by count, by size, by ratio), encrypted
or overlapping members and links are refused, each with a sentence.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from questions.content.schema import Fault

MEGABYTE = 1 << 20
MAX_UPLOAD_BYTES = 50 * MEGABYTE  # bytes of an uploaded file; 10,000 questions with all their texts are 25 MB
MAX_FILES = 20_000
MAX_NAME_CHARS = 250
MAX_FILE_BYTES = 20 * MEGABYTE
MAX_TOTAL_BYTES = 100 * MEGABYTE
MAX_COMPRESSION_RATIO = 100  # XML shrinks to a tenth or less, a bomb to a thousandth
_RATIO_FROM = MEGABYTE  # a short file of spaces is no bomb
_DRIVE = re.compile(r"[A-Za-z]:")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")


class BadPackage(Exception):
    """A member cannot be read; the message is a sentence for the human."""


@dataclass(frozen=True, slots=True)
class Package:
    """A zip that was looked over: `names` of its files (no folders), in its own order."""

    names: tuple[str, ...]
    _zip: zipfile.ZipFile

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """The content of a file. Raises BadPackage where it is damaged or larger than the package says."""
        try:
            info = self._zip.getinfo(name)
            with self._zip.open(info) as member:
                content = member.read(info.file_size + 1)
        except KeyError:
            raise BadPackage(f"The package has no file '{name}'.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise BadPackage(f"The file '{name}' in the package is damaged. Make the package again.") from None
        if len(content) != info.file_size:
            raise BadPackage(f"The file '{name}' is not as large as the package says. Make the package again.")
        return content


def size_fault(size: int, name: str) -> Fault | None:
    """Why a file of so many bytes is not looked at, if it is too large."""
    if size <= MAX_UPLOAD_BYTES:
        return None
    limit = MAX_UPLOAD_BYTES // MEGABYTE
    return Fault(name, None, "", f"The file has {_shown(size)}. At most {limit} MB are possible: split it.")


def is_zip(data: bytes) -> bool:
    """Whether a file says of itself that it is a zip."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def open_package(data: bytes, name: str) -> tuple[Package | None, list[Fault]]:
    """The package of a zip file, or None and why it is not opened. Nothing is decompressed here. Never raises."""
    fault = size_fault(len(data), name)
    if fault:
        return None, [fault]
    # Each entry of the directory becomes an object, so they are counted before it is read.
    if (count := data.count(b"PK\x01\x02")) > MAX_FILES:
        sentence = f"The package has {count:,} files. At most {MAX_FILES:,} are possible."
        return None, [Fault(name, None, "", f"{sentence} Nothing of the package was read.")]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError):
        return None, [Fault(name, None, "", "The zip file is damaged. Make the package again.")]
    problem = next(_problems(archive, len(data)), "")
    if problem:
        return None, [Fault(name, None, "", f"{problem} Nothing of the package was read.")]
    return Package(tuple(each.filename for each in archive.infolist() if not each.is_dir()), archive), []


def _problems(archive: zipfile.ZipFile, size: int) -> Iterator[str]:
    members = archive.infolist()
    seen: set[str] = set()
    for each in members:
        yield from _problem_of_name(each)
        shown = each.filename[:80]
        if each.filename.casefold() in seen:
            yield f"The file '{shown}' stands in the package twice."
        seen.add(each.filename.casefold())
        if each.flag_bits & 0x1:
            yield f"The file '{shown}' is encrypted. Make the package without a password."
        if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield f"The file '{shown}' is compressed in an unusual way. Make a plain zip file."
        if each.file_size > MAX_FILE_BYTES:
            yield f"The file '{shown}' has {_shown(each.file_size)}. At most {_shown(MAX_FILE_BYTES)} are possible."
        if each.file_size > _RATIO_FROM and each.file_size > MAX_COMPRESSION_RATIO * max(each.compress_size, 1):
            yield f"The file '{shown}' would grow to more than {MAX_COMPRESSION_RATIO} times its size."
    total = sum(each.file_size for each in members)
    if total > MAX_TOTAL_BYTES:
        yield f"The files of the package have {_shown(total)} in all. At most {_shown(MAX_TOTAL_BYTES)} are possible."
    if total > _RATIO_FROM and total > MAX_COMPRESSION_RATIO * size:
        yield f"The package would grow to more than {MAX_COMPRESSION_RATIO} times its size."
    if sum(each.compress_size for each in members) > size:
        yield "Files of the package lie over each other."


def _problem_of_name(member: zipfile.ZipInfo) -> Iterator[str]:
    name = member.orig_filename  # zipfile cuts names at a NUL and turns backslashes round
    shown = _UNSEEN.sub("?", name[:80])
    if len(name) > MAX_NAME_CHARS:
        yield f"The name '{shown}…' is too long: at most {MAX_NAME_CHARS} characters are possible."
    parts = name.removesuffix("/").split("/")
    if not name or "\\" in name or _DRIVE.match(name) or _UNSEEN.search(name) or "" in parts or ".." in parts:
        yield f"The name '{shown}' leads out of the package or is not plain."
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"'{shown}' is a link or a device, not a file."


def _shown(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
