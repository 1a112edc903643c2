"""Exams for a class in the admin: list, create, change, personal links as a sheet, and the release of the answers."""

from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.admin.classes.board import BoardAdmin
from exams.admin.classes.paper import PaperAdmin
from exams.admin.classes.results import ResultsAdmin
from exams.admin.classes.sitting_form import PAPER_EACH, SittingForm, proposal, values_of
from exams.admin.classes.sitting_page import ADD, CHANGE, VIEW, own_sitting, user_of
from exams.models import Participant, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.services.classes import links, participants, sittings
from exams.services.classes.rosters import MAX_EXTRA_MINUTES
from exams.services.classes.sittings import TermsError
from questions.content.typed_numbers import whole_number
from questions.models import Blueprint
from questions.services.errors import RefusedError

MAX_LISTED = 200


@admin.register(Sitting)
class SittingAdmin(PaperAdmin, BoardAdmin, ResultsAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Sitting]:
        return sittings.visible_to(user_of(request))

    def get_urls(self) -> list[URLPattern]:
        wrap, methods = self.admin_site.admin_view, require_http_methods(["GET", "HEAD", "POST"])
        pages = (
            ("<int:pk>/change/", require_safe(self.detail), "change"),
            ("<int:pk>/edit/", methods(self.edit), "edit"),
            ("<int:pk>/people/", require_POST(self.people), "people"),
            ("<int:pk>/sheet/", require_safe(self.sheet), "sheet"),
            ("<int:pk>/release/", require_POST(self.release), "release"),
        )
        own = [path(route, wrap(view), name=f"exams_sitting_{name}") for route, view, name in pages]
        return [path("add/", wrap(methods(self.add)), name="exams_sitting_add"), *own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the newest sittings: one's own, and all for administrators."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        rows = self.get_queryset(request).annotate(n_people=Count("participants"))
        context = {
            "title": _("Exams for a class"),
            "is_list": True,
            "rows": rows[:MAX_LISTED],
            "now": timezone.now(),
            "may_add": request.user.has_perm(ADD),
            "sees_all": request.user.has_perm(sittings.SEE_ALL),
        }
        return self.page(request, "sittings", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        own_sitting(request, whole_number(object_id, 0), VIEW)
        return super().history_view(request, object_id, extra_context)

    def add(self, request: HttpRequest) -> HttpResponse:
        """Show and save the form of a new exam for a class."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        initial = proposal(timezone.now(), request.GET.get("exam", settings.FRONT_EXAM))
        form = SittingForm(user_of(request), request.POST if request.method == "POST" else None, initial=initial)
        if form.is_bound and form.is_valid() and (sitting := self._create(request, form)):
            self.log_addition(request, sitting, _("Created."))
            return HttpResponseRedirect(reverse("admin:exams_sitting_change", args=[sitting.pk]))
        context = {"title": _("New exam for a class"), "form": form}
        return self.page(request, "sitting_form", context, status=422 if form.errors else 200)

    def _create(self, request: HttpRequest, form: SittingForm) -> Sitting | None:
        blueprint = Blueprint.objects.current(form.cleaned_data["exam"])
        assert blueprint is not None  # a choice of the form
        one_paper = form.cleaned_data["paper"] != PAPER_EACH
        try:
            return sittings.create(blueprint, form.terms(), user_of(request), one_paper=one_paper)
        except TermsError as refused:
            form.add_faults(refused)
        except ShortageError:
            sentence = _("The bank has too few questions for this exam. Its page under Exams shows what is missing.")
            form.add_error("exam", sentence)
        return None

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the terms."""
        sitting = own_sitting(request, pk)
        data = request.POST if request.method == "POST" else None
        form = SittingForm(user_of(request), data, sitting=sitting, initial=values_of(sitting))
        if form.is_bound and form.is_valid():
            try:
                sittings.change(sitting, form.terms())
                self.log_change(request, sitting, _("Changed."))
                self.message_user(request, _("The exam was changed."), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:exams_sitting_change", args=[pk]))
            except TermsError as refused:
                form.add_faults(refused)
        context = {"title": _("Change"), "form": form, "sitting": sitting, "has_started": sittings.has_started(sitting)}
        return self.page(request, "sitting_form", context, status=422 if form.errors else 200)

    def detail(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show code and link, the window, the people with their links, and what can be done."""
        sitting = own_sitting(request, pk, VIEW)
        people = list(sitting.participants.select_related("candidate"))
        context = {
            "title": sitting.name,
            "sitting": sitting,
            "exam": sitting.blueprint.exam,
            "minutes": sitting.minutes_allowed,
            "join_link": links.join_link(sitting, request.build_absolute_uri("/")),
            "join_page": request.build_absolute_uri(reverse("join")),
            "people": people,
            "n_joined": sum(person.candidate_id is not None for person in people),
            "n_started": sitting.attempts.values("candidate").distinct().count(),
            "has_started": sittings.has_started(sitting),
            "review_opens_at": sittings.review_opens_at(sitting),
            "is_disclosed": sittings.is_disclosed(sitting, timezone.now()),
            "max_extra_minutes": MAX_EXTRA_MINUTES,
            "may_change": request.user.has_perm(CHANGE),
        }
        return self.page(request, "sitting", context)

    def people(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the extra minutes, renew one personal link, or add those who are new in the class."""
        sitting = own_sitting(request, pk)
        if "newcomers" in request.POST:
            n = sittings.add_newcomers(sitting)
            text = ngettext("%(n)d person was added.", "%(n)d people were added.", n) % {"n": n}
            self.message_user(request, text, messages.SUCCESS)
        elif "renew" in request.POST:
            key = whole_number(request.POST["renew"], 0, 2**63 - 1)
            person = get_object_or_404(sitting.participants.exclude(name=""), pk=key)
            participants.renew_link(person)
            link = links.personal_link(person, request.build_absolute_uri("/"))
            text = _("The new link of %(name)s, for one browser: %(link)s") % {"name": person, "link": link}
            self.log_change(request, sitting, _("New link for '%(name)s'.") % {"name": person})
            self.message_user(request, text, messages.SUCCESS)
        else:
            n = self._save_extra_minutes(request, sitting)
            text = ngettext("Extra time of %(n)d person saved.", "Extra time of %(n)d people saved.", n) % {"n": n}
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(f"{reverse('admin:exams_sitting_change', args=[pk])}#people")

    def _save_extra_minutes(self, request: HttpRequest, sitting: Sitting) -> int:
        count, typos = 0, []
        for person in sitting.participants.select_related("sitting__blueprint"):
            typed = request.POST.get(f"extra-{person.pk}")
            minutes = person.extra_minutes if typed is None else whole_number(typed or "0", None, MAX_EXTRA_MINUTES)
            if minutes is None:
                typos.append(str(person))
            elif minutes != person.extra_minutes:
                sittings.set_extra_minutes(person, minutes)
                self.log_change(
                    request, sitting, _("%(n)d extra minutes for '%(name)s'.") % {"n": minutes, "name": person}
                )
                count += 1
        if typos:
            text = _("Not saved for %(names)s: enter whole minutes up to %(most)d.")
            values = {"names": ", ".join(typos), "most": MAX_EXTRA_MINUTES}
            self.message_user(request, text % values, messages.ERROR)
        return count

    def sheet(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a sheet to print and cut: a QR code for each person, or the one code for all."""
        sitting = own_sitting(request, pk)
        base = request.build_absolute_uri("/")
        context = {
            "title": _("Sheet"),
            "sitting": sitting,
            "join_page": request.build_absolute_uri(reverse("join")),
            "join_link": links.join_link(sitting, base),
            "join_qr": qr_code(links.join_link(sitting, base)),
            "cards": [_card(person, base) for person in sitting.participants.exclude(link_hash=None)],
        }
        return self.page(request, "sheet", context)

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Disclose answers and results to the participants."""
        sitting = own_sitting(request, pk)
        try:
            sittings.release(sitting, timezone.now())
            self.log_change(request, sitting, _("Answers released."))
            self.message_user(request, _("The answers are released: participants see their reports."), messages.SUCCESS)
        except RefusedError as refused:
            self.message_user(request, str(refused), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:exams_sitting_change", args=[pk]))


def qr_code(text: str) -> SafeString:
    """Return a QR code as SVG without styles, which the content security policy allows."""
    return mark_safe(segno.make(text, error="m").svg_inline(scale=4, border=2, svgclass="qr", omitsize=True))


def _card(person: Participant, base: str) -> dict[str, Any]:
    link, token = links.personal_link(person, base), participants.link_token(person)
    spaced = " ".join(token[place : place + 4] for place in range(0, len(token), 4))
    return {"person": person, "link": link, "letters": spaced, "qr": qr_code(link), "used": person.link_used_at}
