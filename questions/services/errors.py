"""Exceptions of the services. Each message is a translated sentence that pages show to the user."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from questions.lint import Finding


class RefusedError(Exception):
    """The action is not possible; the message says why."""


class QuestionDeletedError(RefusedError):
    """The question does not exist any more. Only the undo of an import deletes questions."""

    def __init__(self) -> None:
        super().__init__(_("This question was deleted, because its import was undone."))


class EditConflictError(RefusedError):
    """Somebody else saved the question after it was read."""


class ReasonRequiredError(RefusedError):
    """A published wording changes only with a reason."""


class NotReadyError(RefusedError):
    """The question does not pass the lint. `findings` lists the errors and the warnings without a waiver.

    `needs` are sentences about what is missing besides.
    """

    def __init__(self, findings: Sequence[Finding], needs: Sequence[str] = ()) -> None:
        message = _("The question is not ready for review. Correct the errors. Keep a warning only with a reason.")
        super().__init__(" ".join((*needs, message)))
        self.findings = list(findings)
