"""The pictures that a file brings: looked up as its texts name them, cleaned once, and kept for the import."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from questions.content import pictures
from questions.content.picture_files import MAX_PICTURE_BYTES, PictureError, PictureFile, clean_picture

type FindFile = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class FilePictures:
    """`find` returns the content of a file by its path in a text, None without it; `kept` has the cleaned pictures.

    `kept` maps the hash of a picture in the file to the cleaned picture, or to the reason why it cannot be kept.
    """

    find: FindFile
    kept: dict[str, PictureFile | str] = field(default_factory=dict)

    def at(self, find: FindFile) -> "FilePictures":
        """Return the same pictures for a text from which paths lead elsewhere."""
        return replace(self, find=find)

    def markdown(self, path: str, alt: str) -> str | None:
        """Return the Markdown of a picture, None if the file does not have it. Raise PictureError."""
        data = self.find(path)
        return None if data is None else self.keep(data, alt)

    def keep(self, data: bytes, alt: str) -> str:
        """Return the Markdown of a picture by its content. Raise PictureError."""
        source = sha256(data).hexdigest()
        if source not in self.kept:
            try:
                self.kept[source] = clean_picture(data[: MAX_PICTURE_BYTES + 1])
            except PictureError as error:
                self.kept[source] = str(error)
        picture = self.kept[source]
        if isinstance(picture, str):
            raise PictureError(picture)
        return pictures.markdown(picture.name, alt)

    def files(self) -> dict[str, PictureFile]:
        """Return the cleaned pictures by the hashes that they have in the file."""
        return {source: picture for source, picture in self.kept.items() if isinstance(picture, PictureFile)}
