"""The paper of an exam for a class in the admin: preview, exchange of questions, print with or without the key."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from exams.admin.classes.sitting_page import SittingPages, own_sitting
from exams.services.attempt import papers
from exams.services.attempt.effective_keys import either_key
from exams.services.classes import sittings
from questions.content.typed_numbers import whole_number
from questions.models import Revision
from questions.models.revision import LETTERS
from questions.services.errors import RefusedError

MAX_REPLACEMENTS = 30  # on the page, those with the nearest rating first


class PaperAdmin(SittingPages):
    """The pages of the paper."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        paper = path("<int:pk>/paper/", wrap(require_safe(self.paper)), name="exams_sitting_paper")
        methods = require_http_methods(["GET", "HEAD", "POST"])
        exchange = path("<int:pk>/paper/<int:position>/", wrap(methods(self.exchange)), name="exams_sitting_exchange")
        return [paper, exchange, *super().get_urls()]

    def paper(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the paper as all get it, with the key unless the address says `?key=no`."""
        sitting = own_sitting(request, pk)
        if sitting.form is None:
            raise Http404
        context = {
            "title": _("Paper"),
            "sitting": sitting,
            "questions": [_shown(question) for question in papers.questions(sitting.form)],
            "with_key": request.GET.get("key") != "no",
            "may_exchange": not sittings.has_started(sitting),
        }
        return self.page(request, "paper", context)

    def exchange(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        """Choose another question for this position of the paper."""
        sitting = own_sitting(request, pk)
        if sitting.form is None or not 1 <= position <= len(sitting.form.plan):
            raise Http404
        if request.method == "POST":
            try:
                sittings.exchange_question(sitting, position, whole_number(request.POST.get("revision"), 0))
                self.message_user(request, _("Question %(n)d was exchanged.") % {"n": position}, messages.SUCCESS)
            except RefusedError as refused:
                self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(f"{reverse('admin:exams_sitting_paper', args=[pk])}#q{position}")
        items = papers.replacements(sitting.form, position)
        rows = Revision.objects.select_related("question__topic").in_bulk(
            [item.revision for item in items[:MAX_REPLACEMENTS]]
        )
        context = {
            "title": _("Exchange question %(n)d") % {"n": position},
            "sitting": sitting,
            "position": position,
            "current": _shown(papers.questions(sitting.form)[position - 1]),
            "choices": [(item, rows[item.revision]) for item in items[:MAX_REPLACEMENTS]],
            "n_more": max(0, len(items) - MAX_REPLACEMENTS),
        }
        return self.page(request, "paper_exchange", context)


def _shown(question: papers.PaperQuestion) -> dict[str, Any]:
    """Return a question with the letters of its options, which are those of all participants."""
    either = question.key.key | question.key.also
    return {
        "question": question,
        "options": [
            (LETTERS[index], option, bool(either >> option.bit & 1)) for index, option in enumerate(question.options)
        ],
        "key": _key(question),
    }


def _key(question: papers.PaperQuestion) -> str:
    """Return what counts, like "A, C", "A or C", or what a ruling says of the question."""
    if question.key.withdrawn:
        return _("withdrawn")
    if question.key.credited:
        return _("everybody has the point")
    bits = [option.bit for option in question.options]
    return either_key(bits, question.key.key, question.key.also)
