"""Test files of pictures: written again without metadata, refused with a sentence, within limits."""

import contextlib
import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from questions.content.picture_files import PictureError, checked_picture, clean_picture
from tests.pictures import picture


@pytest.mark.parametrize(("form", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_is_written_anew_and_named_by_its_content(form: str, ending: str) -> None:
    cleaned = clean_picture(picture("blue", form))
    assert (cleaned.ending, cleaned.width, cleaned.height) == (ending, 8, 6)
    assert cleaned.name == f"images/{cleaned.sha256}.{ending}"
    red, green, blue = Image.open(io.BytesIO(cleaned.data)).convert("RGB").getpixel((2, 2))  # type: ignore[misc]
    assert blue > 240 > 15 > max(red, green)
    assert checked_picture(cleaned.data, cleaned.name) == cleaned


def test_metadata_is_removed_and_the_orientation_kept() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Taken at home"  # orientation, description
    cleaned = clean_picture(picture("red", "JPEG", exif=exif))
    assert (cleaned.width, cleaned.height) == (6, 8)
    assert b"Taken" not in cleaned.data
    assert not Image.open(io.BytesIO(cleaned.data)).getexif()


def test_transparency_is_kept() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(buffer, "PNG")
    assert Image.open(io.BytesIO(clean_picture(buffer.getvalue()).data)).convert("RGBA").getpixel((0, 0)) == (
        0,
        0,
        0,
        0,
    )


def test_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    decoding, most = [], []
    exif_transpose = ImageOps.exif_transpose

    def slow_transpose(image: Image.Image) -> Image.Image:
        decoding.append(image)
        most.append(len(decoding))
        time.sleep(0.02)
        decoding.pop()
        return exif_transpose(image)

    monkeypatch.setattr(ImageOps, "exif_transpose", slow_transpose)
    with ThreadPoolExecutor(4) as threads:
        pictures = list(threads.map(clean_picture, [picture("blue")] * 4))
    assert len(pictures) == 4
    assert most == [1, 1, 1, 1]


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG that announces a size without having the pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def animated() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (2, 2), color) for color in ("red", "blue")]
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (huge_png(20_000, 20_000), "too many pixels|20,000 x 20,000 pixels"),
        (huge_png(9_000, 10), "The picture has 9,000 x 10 pixels"),
        (huge_png(2_500, 1_700), "The picture has 2,500 x 1,700 pixels. At most 4,000,000 pixels"),
        (huge_png(100, 100), "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG pictures are not accepted"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE svg><svg/>", "SVG pictures are not accepted"),
        (b"GIF89a\1\0\1\0", "not a PNG, JPEG or WebP"),
        (b"", "not a PNG, JPEG or WebP"),
        (picture()[:40], "damaged|not a PNG"),
        (b"\0" * (6 << 20), "6.0 MB. At most 5 MB are allowed"),
        (animated(), "animated"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence):
        clean_picture(data)


def test_a_jpeg_with_thousands_of_scans_is_refused_before_it_is_decoded() -> None:
    buffer = io.BytesIO()
    Image.new("L", (2000, 2000), 128).save(buffer, "JPEG", progressive=True)
    file = buffer.getvalue()
    assert clean_picture(file).width == 2000
    last = file[file.rfind(b"\xff\xc4") : -2]  # the last scan and its table
    assert b"\xff\xda" in last
    with pytest.raises(PictureError, match="too many passes"):
        clean_picture(file[:-2] + last * 1_000 + file[-2:])


def test_a_picture_of_a_bank_must_have_its_own_hash_as_name() -> None:
    cleaned = clean_picture(picture())
    with pytest.raises(PictureError, match="SHA-256"):
        checked_picture(picture("blue"), cleaned.name)


@given(st.binary(max_size=100), st.integers(0, 80))
def test_no_bytes_raise_anything_else(noise: bytes, at: int) -> None:
    data = picture()
    for part in (noise, data[:at] + noise + data[at + len(noise) :]):
        with contextlib.suppress(PictureError):
            clean_picture(part)
