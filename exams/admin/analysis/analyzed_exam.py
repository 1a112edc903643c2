"""The exam that a page of the analysis shows: that of `?exam=`, else the one that this person works for."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from questions.admin.editor.license_fields import last_own_question
from questions.admin.imports.exam_choice import chosen_exam
from questions.admin.staff_page import current_user
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class AnalyzedExam:
    """An exam by the code of its syllabus, which exams of the same exam domains share, and what can be chosen.

    `choices` has the code and title of each, the default one first.
    """

    code: str
    title: str
    choices: tuple[tuple[str, str], ...]


def analyzed_exam(request: HttpRequest) -> AnalyzedExam:
    """Return the exam that the query or the form names, one query; else that of this person, else the default one.

    Raise Http404 for an exam that is not here.
    """
    exams = Blueprint.objects.by_syllabus()
    code = request.POST.get("exam") or request.GET.get("exam") or _own_exam(request, exams) or next(iter(exams), "")
    if code not in exams and (named := Blueprint.objects.current(code)):
        code = named.exam.syllabus_code
    if code and code not in exams:
        raise Http404(_("There is no exam %s here.") % code)
    titles = {exam: row.exam.short_title for exam, row in exams.items()}
    return AnalyzedExam(code, titles.get(code, ""), tuple(titles.items()))


def _own_exam(request: HttpRequest, exams: Collection[str]) -> str:
    user = current_user(request)
    code = chosen_exam("", last_own_question(user), user)
    return code if code in exams else ""
