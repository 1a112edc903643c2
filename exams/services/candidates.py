"""Writes candidates: guests and users who sit, guest codes, the claim, and the end of their sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from exams.models import Candidate


def enter(user: Any, uuid: UUID, now: datetime) -> Candidate:
    """Who starts an exam in a browser without a candidate: the user's own, or a guest with this identity.

    Ten calls at once make one row. The identity of a rules page never opens a candidate who has an account.
    """
    if user.is_authenticated:
        candidate, _ = Candidate.objects.get_or_create(user=user, defaults={"created_at": now})
        return candidate
    candidate, _ = Candidate.objects.get_or_create(uuid=uuid, defaults={"created_at": now})
    return candidate if candidate.user_id is None else Candidate.objects.create(created_at=now)
