"""Files of pictures: PNG, JPEG and WebP are decoded within limits and written again, without metadata (no Django)."""

import hashlib
import io
import re
import threading
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from questions.content.pictures import DIRECTORY

MAX_PICTURE_BYTES = 5 << 20
MAX_PIXELS = 4_000_000  # a screen of 2,560 x 1,440; decoding and writing take time and memory for each
# Each scan of a progressive JPEG, of a few bytes, is a walk over all pixels; programs write up to ten.
_SCAN, MAX_SCANS = b"\xff\xda", 100
MAX_SIDE = 8_000
# By Pillow's name: the ending, the media type, and how the file is written.
_TYPES: dict[str, tuple[str, str, dict[str, object]]] = {
    "PNG": ("png", "image/png", {}),
    "JPEG": ("jpg", "image/jpeg", {"quality": 90}),
    "WEBP": ("webp", "image/webp", {"quality": 90, "method": 4}),
}
MEDIA_TYPES = {ending: media_type for ending, media_type, _options in _TYPES.values()}
_one_at_a_time = threading.Lock()  # uploads at once must not take all threads and much memory of a process
_SVG = re.compile(rb"<svg[\s>/]|<!DOCTYPE svg", re.IGNORECASE)
_MODES = {"PNG": ("1", "L", "LA", "P", "RGB", "RGBA"), "JPEG": ("L", "RGB"), "WEBP": ("RGB", "RGBA")}


class PictureError(ValueError):
    """A picture cannot be used; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as it is stored; `sha256` is the hash of `data`, `ending` png, jpg or webp."""

    sha256: str
    ending: str
    width: int
    height: int
    data: bytes

    @property
    def name(self) -> str:
        """The name in texts and directories."""
        return f"{DIRECTORY}{self.sha256}.{self.ending}"


def clean_picture(data: bytes) -> PictureFile:
    """Return a picture written again. Raise PictureError for what is none, too large, animated, or an SVG."""
    with _one_at_a_time:
        form, image = _decoded(data)
        ending, _media_type, options = _TYPES[form]
        image = ImageOps.exif_transpose(image)
        if image.mode not in _MODES[form]:
            image = image.convert("RGBA" if image.has_transparency_data and form != "JPEG" else "RGB")
        image.info = {name: value for name, value in image.info.items() if name == "transparency"}
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
    return _picture_file(buffer.getvalue(), ending, image)


def checked_picture(data: bytes, name: str) -> PictureFile:
    """Return a picture of a bank directory as it is. Raise PictureError unless its name is the hash of its content."""
    form, image = _decoded(data)
    picture = _picture_file(data, _TYPES[form][0], image)
    if picture.name != name:
        raise PictureError("The name of the picture is not the SHA-256 of its content with the ending of its type.")
    return picture


def _decoded(data: bytes) -> tuple[str, Image.Image]:
    """Return type and decoded image; the limits are checked before anything is decoded."""
    if len(data) > MAX_PICTURE_BYTES:
        size = f"{len(data) / (1 << 20):.1f} MB"
        raise PictureError(
            f"The picture has {size}. At most {MAX_PICTURE_BYTES >> 20} MB are allowed: make it smaller."
        )
    if _SVG.search(data[:1000]):
        raise PictureError("SVG pictures are not accepted, since they can contain scripts. Export it as PNG.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=list(_TYPES))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise PictureError(f"The picture has too many pixels. At most {MAX_PIXELS:,} are allowed.") from None
        raise PictureError("This is not a PNG, JPEG or WebP picture. Save it as one of these.") from None
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        limits = f"At most {MAX_PIXELS:,} pixels and {MAX_SIDE:,} a side are allowed: make it smaller."
        raise PictureError(f"The picture has {width:,} x {height:,} pixels. {limits}")
    if image.format == "JPEG" and data.count(_SCAN) > MAX_SCANS:
        raise PictureError("The picture is stored in too many passes. Save it again as PNG.")
    if getattr(image, "is_animated", False):
        raise PictureError("The picture is animated. Save one frame of it as PNG.")
    try:
        image.load()
    except Exception:  # Pillow raises whatever a damaged file makes it raise
        raise PictureError("The picture is damaged. Save it again.") from None
    return str(image.format), image


def _picture_file(data: bytes, ending: str, image: Image.Image) -> PictureFile:
    return PictureFile(hashlib.sha256(data).hexdigest(), ending, *image.size, data)


@cache
def picture_in(path: str) -> PictureFile:
    """Return the picture in this file, read once by each process. Raise PictureError or OSError."""
    return clean_picture(Path(path).read_bytes())
