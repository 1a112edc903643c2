"""Say in words on which figures somebody decided about a pilot, as its history keeps them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_OBSTACLES = {
    "n": gettext_lazy("too few answers"), "p": gettext_lazy("share of right answers"),
    "r": gettext_lazy("discrimination"), "key": gettext_lazy("key"), "distractors": gettext_lazy("wrong options"),
    "omitted": gettext_lazy("left unanswered"), "se": gettext_lazy("uncertain difficulty"),
    "infit": gettext_lazy("fit to the model"),
}  # fmt: skip


def evidence_facts(evidence: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return name and value of each figure that was known; nothing without evidence."""
    if not evidence:
        return []
    n, p, r, b, se, infit = (evidence.get(name) for name in ("n", "p", "r", "b", "se", "infit"))
    answers = _("%d, simulated") % (n or 0) if evidence.get("synthetic") else str(n or 0)
    facts = [(_("answers"), answers)]
    if p is not None:
        facts.append((_("right"), f"{p:.0%}"))
    if r is not None:
        facts.append((_("discrimination"), _number(r)))
    if b is not None:
        difficulty = _number(b) if se is None else _("%(b)s ± %(se)s") % {"b": _number(b), "se": _number(se)}
        facts.append((_("difficulty in logits"), difficulty))
    if infit is not None:
        facts.append((_("infit"), _number(infit)))
    obstacles = ", ".join(str(_OBSTACLES.get(name, name)) for name in evidence.get("obstacles", ()))
    facts.append((_("against promotion"), obstacles or _("nothing")))
    return facts


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
