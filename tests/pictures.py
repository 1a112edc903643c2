"""Small pictures for tests."""

import io
from typing import Any

from PIL import Image

from questions.content.picture_files import PictureFile, clean_picture


def picture(color: str = "red", form: str = "PNG", size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    """Return the file of a picture of one color."""
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, form, **options)
    return buffer.getvalue()


def cleaned(color: str = "red") -> PictureFile:
    """Return a picture as it is stored."""
    return clean_picture(picture(color))
