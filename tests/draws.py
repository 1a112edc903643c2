"""Draw the same forms, and orders of options, in every run: the seeds and UUIDs that services take by chance."""

import random
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def repeated(seed: str) -> Iterator[None]:
    """Take `secrets.token_hex` and `uuid.uuid4` from this seed inside the block."""
    chance = random.Random(seed)

    def token_hex(nbytes: int | None = None) -> str:
        return chance.randbytes(nbytes or secrets.DEFAULT_ENTROPY).hex()

    def uuid4() -> uuid.UUID:
        return uuid.UUID(bytes=chance.randbytes(16), version=4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_hex", token_hex)
        patch.setattr(uuid, "uuid4", uuid4)
        yield
