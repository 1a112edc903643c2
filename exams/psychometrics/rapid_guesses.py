"""Say how long an answer takes at least if its question was read: what is given faster is a rapid guess.

Source: Wise & Ma, NCME 2012: less than a tenth of the usual time, and less than ten seconds.
"""

from typing import Any

RAPID_SHARE = 0.10  # of the usual time of the question
MAX_RAPID_SECONDS = 10


def least_seconds(usual_seconds: float) -> float:
    """Return from how many seconds on an answer to a question of this usual time is no rapid guess."""
    return min(RAPID_SHARE * usual_seconds, MAX_RAPID_SECONDS)


def is_rapid_guess(ticked: Any, seconds: Any, least: Any) -> Any:
    """Return whether an answer came in less than the `least` seconds; of arrays, which of them did.

    Seconds of 0 are unknown, and a question left open has no answer.
    """
    return (ticked > 0) & (seconds > 0) & (seconds < least)
