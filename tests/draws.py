"""Draw the same forms, and orders of options, in every run: the seeds and UUIDs that services take by chance."""

import os
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def repeated(seed: str) -> Iterator[None]:
    """Take `secrets.token_hex` and `uuid.uuid4` from this seed inside the block.

    Models hold uuid4 itself as the default of a field, so its source of bytes is replaced, not the function.
    """
    chance = random.Random(seed)

    def token_hex(nbytes: int | None = None) -> str:
        return chance.randbytes(nbytes or secrets.DEFAULT_ENTROPY).hex()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_hex", token_hex)
        patch.setattr(os, "urandom", chance.randbytes)
        yield
