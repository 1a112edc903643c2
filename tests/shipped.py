"""The default exam that is shipped, for tests of its bank, and for those that need files of a real bank."""

from django.conf import settings

EXAM = "MLS-C01"
COLLECTION = EXAM.lower()
BANK = settings.BANKS_DIR / COLLECTION
BLUEPRINT = settings.BLUEPRINT_DIR / f"{COLLECTION}.yaml"
