"""The industry in which a question is set, by the words of its stem (no Django)."""

import re
from collections import Counter
from collections.abc import Iterable

_WORDS = {
    "retail": r"retail\w*|supermarkets?|grocer\w*|online (?:shop|store|marketplace)\w*|e-commerce|fashion|boutique",
    "banking": r"bank(?:s|ing)?|credit cards?|lenders?|loans?|mortgages?|payment (?:company|provider)|fintech",
    "insurance": r"insur\w+|claims? adjust\w+",
    "healthcare": r"hospitals?|clinics?|medical|health\w*|patients?|pharma\w*|biotech\w*",
    "media": r"media|news\w*|publish\w+|streaming (?:service|platform)|broadcast\w*|podcasts?|film|music|video",
    "manufacturing": r"manufactur\w+|factor(?:y|ies)|assembly lines?|production lines?",
    "logistics": r"logistics|shipping|delivery (?:company|service)|couriers?|parcels?|freight|trucks?",
    "telecommunications": r"telecom\w*|mobile (?:operator|carrier|provider)|phone company|internet provider",
    "public sector": r"government|ministry|city|cities|municipal\w*|public (?:agency|sector|library)|tax office",
    "travel": r"travel|airlines?|airports?|hotels?|booking|tourism|rail\w*",
    "energy": r"energy|utilit(?:y|ies)|electric\w*|wind (?:farm|turbine)s?|solar|power (?:grid|plant)s?|oil|gas",
    "agriculture": r"agricultur\w+|farm(?:s|ers?|ing)?|crops?|vineyards?|livestock",
    "education": r"universit(?:y|ies)|schools?|students?|education\w*|online courses?|learning platform",
    "games": r"gam(?:e|es|ing)|esports",
    "real estate": r"real estate|property|apartments?|housing|construction",
    "law": r"law firms?|legal|lawyers?|attorneys?",
    "automotive": r"car (?:maker|rental|company|sharing)\w*|vehicles?|automo\w+|ride-\w+",
    "software": r"software (?:company|vendor)|SaaS|startup",
}
_PATTERNS = {name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in _WORDS.items()}


def industry(stem: str) -> str:
    """Return the industry that a stem names first; "" for none that is known."""
    places = {name: match.start() for name, pattern in _PATTERNS.items() if (match := pattern.search(stem))}
    return min(places, key=lambda name: places[name], default="")


def largest_industry(stems: Iterable[str]) -> float | None:
    """Return the share in percent of the industry in which most questions are set."""
    counts = Counter(map(industry, stems))
    total = counts.total()
    del counts[""]
    return 100 * max(counts.values(), default=0) / total if total else None
