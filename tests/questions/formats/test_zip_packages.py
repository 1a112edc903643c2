"""Test zip packages: a valid one is read, a hostile one is refused before anything is decompressed."""

import contextlib
import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import zip_packages
from questions.formats.zip_packages import BadPackage, open_package


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def refusal(data: bytes) -> str:
    package, faults = open_package(data, "x.zip")
    assert package is None
    assert [fault.file for fault in faults] == ["x.zip"]
    return faults[0].sentence


def test_a_valid_package_is_read() -> None:
    package, faults = open_package(zipped(("imsmanifest.xml", b"<manifest/>"), ("items/q 1.xml", b"<item/>")), "x.zip")
    assert faults == []
    assert package is not None
    assert package.names == ("imsmanifest.xml", "items/q 1.xml")
    assert "imsmanifest.xml" in package
    assert package.read("items/q 1.xml") == b"<item/>"
    with pytest.raises(BadPackage, match=r"has no file 'gone\.xml'"):
        package.read("gone.xml")


@pytest.mark.parametrize(
    "name", ["../evil.xml", "a/../../evil.xml", "/etc/passwd", "C:/evil.xml", "a\\..\\evil.xml", "a//b.xml", "a\nb"]
)
def test_a_name_outside_of_the_package_is_refused(name: str) -> None:
    assert "points outside of the package" in refusal(zipped((name, b"x")))


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is a link" in refusal(zipped((link, b"/etc/passwd")))


def test_a_bomb_is_refused_by_its_ratio() -> None:
    assert "more than 100 times" in refusal(zipped(("zeros.xml", bytes(5 << 20))))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_packages, "MAX_FILES", 3)
    assert "has 4 files" in refusal(zipped(*((f"{n}.xml", b"") for n in range(4))))


def test_a_file_and_a_total_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_packages, "MAX_FILE_BYTES", 10)
    assert "The limit is 0.0 MB" in refusal(zipped(("a.xml", b"01234567890")))
    monkeypatch.setattr(zip_packages, "MAX_TOTAL_BYTES", 15)
    assert "unpacks to" in refusal(zipped(("a.xml", b"0123456789"), ("b.xml", b"0123456789")))


def test_two_files_with_one_name_are_refused() -> None:
    assert "appears twice in the package" in refusal(zipped(("a.xml", b"1"), ("A.xml", b"2")))


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(zipped(("a.xml", b"1")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert "is encrypted" in refusal(bytes(data))


def test_a_file_with_a_false_size_is_not_read() -> None:
    data = bytearray(zipped(("a.xml", b"0123456789" * 100)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    package, _ = open_package(bytes(data), "x.zip")
    assert package is not None
    with pytest.raises(BadPackage):
        package.read("a.xml")


def test_overlapping_files_are_refused() -> None:
    data = bytearray(zipped(("a.xml", b"0123456789"), ("b.xml", b"0123456789"), method=zipfile.ZIP_STORED))
    first = data.index(b"PK\x01\x02")
    for start in (first, data.index(b"PK\x01\x02", first + 1)):
        struct.pack_into("<I", data, start + 20, 1 << 16)
    assert "overlap" in refusal(bytes(data))


@pytest.mark.parametrize("spoil", [lambda data: data[: len(data) // 2], lambda data: b"PK\x03\x04", lambda data: b""])
def test_a_damaged_package_is_reported(spoil: Callable[[bytes], bytes]) -> None:
    assert "damaged" in refusal(spoil(zipped(("a.xml", b"1"))))


def test_an_upload_that_is_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_packages, "MAX_UPLOAD_BYTES", 1)
    assert "split it" in refusal(zipped(("a.xml", b"1")))


@given(st.binary(max_size=400), st.integers(0, 300), st.binary(max_size=8))
def test_no_bytes_raise(noise: bytes, place: int, patch: bytes) -> None:
    open_package(noise, "x.zip")
    good = zipped(("a.xml", b"0123456789" * 5), ("b/c.xml", b"x"))
    package, faults = open_package(good[:place] + patch + good[place + len(patch) :], "x.zip")
    assert (package is None) == bool(faults)
    for name in package.names if package else ():
        with contextlib.suppress(BadPackage):
            package.read(name)  # type: ignore[union-attr]
