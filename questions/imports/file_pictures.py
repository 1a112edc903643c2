"""The pictures of a file to import: those that the bank has already keep their names, so that nothing changes."""

from collections.abc import Iterable
from dataclasses import replace

from questions.content.picture_files import PictureFile
from questions.content.pictures import DIRECTORY, picture_names, with_changed_texts
from questions.content.schema import QuestionContent
from questions.formats.parsed import ParsedFile
from questions.services import images


def with_stored_names(parsed_file: ParsedFile) -> tuple[ParsedFile, list[PictureFile], set[str]]:
    """Return the file with our names for our own pictures, the pictures to store, and the names of missing ones.

    A picture that we exported is decoded and written again as any other, which may change it. Its hash in the file
    tells that it is ours.
    """
    pictures = parsed_file.pictures
    exported = {f"{DIRECTORY}{source}.{picture.ending}": picture for source, picture in pictures.items()}
    ours = exported.keys() - images.unknown(exported.keys()) if exported else set()
    names = {exported[name].name: name for name in ours}

    def rename(text: str) -> str:
        for cleaned, stored in names.items():
            text = text.replace(cleaned, stored) if cleaned in text else text
        return text

    if names:
        questions = tuple(
            replace(parsed, content=with_changed_texts(parsed.content, rename)) if parsed.content else parsed
            for parsed in parsed_file.questions
        )
        parsed_file = replace(parsed_file, questions=questions)
    new = [picture for name, picture in exported.items() if name not in ours]
    return parsed_file, new, _missing((parsed.content for parsed in parsed_file.questions), new)


def _missing(contents: Iterable[QuestionContent | None], new: Iterable[PictureFile]) -> set[str]:
    named = {name for content in contents if content for name in picture_names(content)}
    named -= {picture.name for picture in new}
    return images.unknown(named) if named else set()
