"""The only writer of Collection: a row for each collection that was named here, and what its questions are held to."""

from collections.abc import Collection as Names
from collections.abc import Iterable

from django.utils.translation import gettext as _

from questions.content.house_rules import ENGLISH, ERRORS_ONLY, STRICT, SWITCHES, HouseRules
from questions.models import Blueprint, Collection, Question, User
from questions.services.bank_version import raise_bank_version
from questions.services.drawing_rights import LOCAL_COLLECTION, shipped_collections
from questions.services.errors import RefusedError


def rules_of(names: Iterable[str]) -> dict[str, HouseRules]:
    """Return the rules of these collections: two queries at most.

    One without a row is new, with errors only, or has the questions of files, and is strict.
    """
    wanted = set(names)
    rules = {row.slug: row.rules for row in Collection.objects.filter(slug__in=wanted)}
    if missing := wanted - rules.keys():
        strict = _strict(missing)
        rules |= {name: STRICT if name in strict else HouseRules(ERRORS_ONLY) for name in missing}
    return rules


def named() -> set[str]:
    """Return the collections that questions or exams name."""
    names = set(Question.objects.order_by().values_list("collection", flat=True).distinct())
    for blueprint in Blueprint.objects.newest():
        names.update((*blueprint.exam.collections, *blueprint.exam.practice))
    return names


def rated() -> set[str]:
    """Return the collections whose questions need a rating: shipped ones, and those of exams that are not scored in
    percent, whose pass line the ratings make.
    """
    exams = (blueprint.exam for blueprint in Blueprint.objects.newest())
    return shipped_collections().union(*(exam.collections for exam in exams if not exam.is_percent))


def practicable(names: Iterable[str]) -> list[str]:
    """Return those of these collections that candidates may practice with."""
    closed = set(Collection.objects.filter(practicable=False).values_list("slug", flat=True))
    return [name for name in names if name not in closed]


def state() -> str:
    """Return what changes whenever a rule of a collection does."""
    return repr(list(Collection.objects.order_by("slug").values_list("slug", "language", "house_rules")))


def _strict(names: Names[str]) -> set[str]:
    """Return those of these collections that have questions, or are where questions go that name none."""
    used = Question.objects.filter(collection__in=names).order_by().values_list("collection", flat=True).distinct()
    return {*used, LOCAL_COLLECTION, ""}


def rules_for(name: str) -> HouseRules:
    """Return the rules of one collection."""
    return rules_of([name])[name]


def other_language(name: str) -> str | None:
    """Return the language of a collection, None for English, which the pages are in."""
    rows = Collection.objects.filter(slug=name).exclude(language=ENGLISH)
    return rows.values_list("language", flat=True).first()


def ensure(names: Names[str], owner: User | None = None) -> None:
    """Make the rows of new collections. One without a question is of one's own: errors only; any other stays strict."""
    known = set(Collection.objects.filter(slug__in=names).values_list("slug", flat=True))
    if known.issuperset(names):
        return
    strict = _strict(names) | shipped_collections()
    Collection.objects.bulk_create(
        Collection(slug=name, owner=owner, house_rules=sorted(SWITCHES if name in strict else ERRORS_ONLY))
        for name in sorted(set(names) - known - {""})
    )


def change(row: Collection, *, title: str, language: str, switches: Names[str], practicable: bool) -> None:
    """Change what a collection of one's own is held to. Raise RefusedError for one of the shipped bank."""
    if row.slug in shipped_collections() and set(switches) != set(SWITCHES):
        raise RefusedError(_("The collection %s belongs to the shipped bank. Its rules stay strict.") % row.slug)
    row.title, row.language, row.practicable = title, language, practicable
    row.house_rules = sorted(switches)
    row.save()
    raise_bank_version()
