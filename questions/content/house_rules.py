"""The rules that a collection holds its questions to, beyond the errors that no question may have (no Django)."""

from collections.abc import Iterable
from dataclasses import dataclass

ENGLISH = "en"
# Switches of a collection, each with the rules of the lint that it turns on.
SWITCHES: dict[str, tuple[str, ...]] = {
    "references": ("missing-reference", "insecure-reference"),
    "rationales": ("missing-rationale", "missing-explanation"),
    "topics": ("topic-not-assigned", "exam-domain-missing"),
    "lengths": ("key-longer", "key-shorter", "uneven-lengths", "stem-length"),
    "options": ("option-count", "unsorted-numbers"),
    "select": ("select-missing",),
    "style": (),  # all other warnings and notes
}
_SWITCH_OF = {name: switch for switch, names in SWITCHES.items() for name in names}
# They look for English words.
_ENGLISH_RULES = frozenset({"select-missing", "article-cue", "place-in-rationale", "above-option", "combined-options"})


@dataclass(frozen=True, slots=True)
class HouseRules:
    """The switches that are on, and the language of the questions, as an ISO code."""

    switches: frozenset[str] = frozenset(SWITCHES)
    language: str = ENGLISH

    @property
    def need_exam_domain(self) -> bool:
        """Whether each question is placed in a syllabus; otherwise exams draw those without a place by other facts."""
        return "topics" in self.switches

    @classmethod
    def of(cls, switches: Iterable[str], language: str) -> "HouseRules":
        """Return the rules with these switches; unknown ones of a later version are left out."""
        return cls(frozenset(switches) & SWITCHES.keys(), language)

    def applies(self, rule: str, severity: str) -> bool:
        """Return whether a rule of this severity (E, W or I) counts for the collection."""
        if rule in _ENGLISH_RULES and self.language != ENGLISH:
            return False
        switch = _SWITCH_OF.get(rule, "" if severity == "E" else "style")
        return not switch or switch in self.switches


STRICT = HouseRules()
ERRORS_ONLY = frozenset[str]()  # the switches of a collection of one's own
