"""Send one mail of many: what the mail server refuses concerns this one alone, and the job goes on."""

from dataclasses import dataclass
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.core.mail import EmailMessage

FOR_GOOD = 500  # codes of SMTP from this one on; lower ones ask to try again


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail was not taken: because of its address, or of what it says."""

    code: int
    reason: str
    of_address: bool

    @property
    def is_final(self) -> bool:
        """Whether another try is useless."""
        return self.code >= FOR_GOOD

    def __str__(self) -> str:
        return f"{self.code} {self.reason}"


def send(message: EmailMessage) -> Refusal | None:
    """Send a mail to one address. Return why the mail server refused it, None if it took it.

    Raise what smtplib does if the server cannot be reached, or would take no mail at all.
    """
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        [(code, reason)] = error.recipients.values()
        return Refusal(code, _text(reason), of_address=True)
    except SMTPDataError as error:
        return Refusal(error.smtp_code, _text(error.smtp_error), of_address=False)
    return None


def _text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
