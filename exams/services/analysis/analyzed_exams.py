"""Which exams an analysis is about: it takes each apart, since their questions, scales and candidates differ."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from exams.models import Attempt
from questions.models import Blueprint
from questions.services.errors import RefusedError


def finished_exams(*, synthetic: bool = False) -> list[str]:
    """Return the exams with a finished attempt, real or simulated, by the code of their syllabus: one query.

    It goes by way of the forms, since those of a blueprint have an index.
    """
    finished = Attempt.objects.finished_exams().filter(synthetic=synthetic, form__blueprint=OuterRef("pk")).order_by()
    rows = Blueprint.objects.filter(Exists(finished))
    return sorted({row.exam.syllabus_code for row in rows})


def chosen_exams(code: str | None, *, synthetic: bool = False) -> list[str]:
    """Return the exam that is named; without a name those with finished attempts, or else the default one, if any.

    Raise RefusedError if there is no exam of this name.
    """
    if not code:
        default = Blueprint.objects.default()
        return finished_exams(synthetic=synthetic) or ([default.exam.syllabus_code] if default else [])
    blueprint = Blueprint.objects.current(code.upper())
    if blueprint is None:
        codes = ", ".join(Blueprint.objects.newest().values_list("code", flat=True))
        raise RefusedError(
            _("There is no exam with the code %(code)s. Exams: %(codes)s.") % {"code": code, "codes": codes or "-"}
        )
    return [blueprint.exam.syllabus_code]
