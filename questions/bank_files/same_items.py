"""Find the stored wording that the wording of a file continues: statistics, difficulty and cards go on with it.

Marks and white space alone make no other question. A file may also say `same_item: true` of a corrected spelling. It
speaks of the revision just before its own, so it says nothing where that one was never loaded, or was edited here.
"""

from collections.abc import Iterator, Mapping

from questions.content.differences import is_same_question
from questions.content.fingerprint import differ_in_marks_alone
from questions.content.schema import Fault, QuestionContent
from questions.models import Revision
from questions.services.stored_bank import StoredQuestion


def faults(files: Mapping[str, QuestionContent], known: Mapping[str, StoredQuestion]) -> Iterator[Fault]:
    """Yield a fault for each file that calls its wording the same item although its key, options or figures differ."""
    for code, question in files.items():
        ours = known.get(code)
        if ours and _is_named(ours, question) and not is_same_question(ours.content, question):
            sentence = (
                "The key, the number of options or a figure differs from the revision before. Remove 'same_item'."
            )
            yield Fault(question.file, question.lines.get("same_item"), "same_item", sentence)


def continued(ours: StoredQuestion, file: QuestionContent | None, new: QuestionContent) -> Revision | None:
    """Return the published wording that `new` continues, if it is the same item; `file` is None if it is unchanged."""
    if ours.revision.published_at is None:
        return None
    is_named = file is not None and _is_named(ours, file)
    return ours.revision if is_named or differ_in_marks_alone(ours.content, new) else None


def _is_named(ours: StoredQuestion, file: QuestionContent) -> bool:
    """Return whether a file calls its wording the same item as the stored one."""
    return file.same_item and file.revision == ours.content.revision + 1
