"""Exams for a class in the admin: list, create, change, personal links as a sheet, and the release of the answers."""

import dataclasses
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, DELETION
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.admin.classes.sitting_form import PAPER_EACH, START_MINUTES, SittingForm, again, proposal, values_of
from exams.models import Participant, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import pass_points
from exams.services.classes import board as class_board
from exams.services.classes import class_papers, link_mails, links, participants, rosters, sittings
from exams.services.classes.board import Stage
from exams.services.classes.class_papers import SeenPaper
from exams.services.classes.rosters import MAX_EXTRA_MINUTES
from exams.services.classes.sittings import Terms, TermsError
from exams.services.results import grades
from exams.sign_in import site_url
from questions.admin.read_only_admin import ReadOnlyAdmin
from questions.admin.staff_page import current_user, download, log, staff_action, staff_form, staff_page
from questions.content.typed_numbers import whole_number
from questions.formats.csv_tables import MEDIA_TYPE
from questions.models import Blueprint
from questions.services import job_state
from questions.services.errors import RefusedError

ADD, CHANGE, VIEW = "exams.add_sitting", "exams.change_sitting", "exams.view_sitting"
MAX_LISTED = 200
STATES = {
    "planned": gettext_lazy("planned"),
    "open": gettext_lazy("open"),
    "over": gettext_lazy("over"),
    "released": gettext_lazy("answers released"),
}


@admin.register(Sitting)
class SittingAdmin(ReadOnlyAdmin):
    """Only the history: `urls.py` has pages of our own for the others."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        own_sitting(request, whole_number(object_id, 0))
        return super().history_view(request, object_id, extra_context)


def own_sitting(request: HttpRequest, pk: int) -> Sitting:
    """Return a sitting of this user, or of anybody for administrators. Raise Http404 for others."""
    return get_object_or_404(sittings.visible_to(current_user(request)).select_related("form__blueprint"), pk=pk)


@staff_page(VIEW, "admin/exams/classes/sittings.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """List the newest sittings: one's own, and all for administrators."""
    user, now = current_user(request), timezone.now()
    archived = request.GET.get("archived") == "yes"
    rows = sittings.visible_to(user).filter(archived_at__isnull=not archived).annotate(n_people=Count("participants"))
    return {
        "title": _("Archived exams for a class") if archived else _("Exams for a class"),
        "is_list": True,
        "is_archive": archived,
        "rows": [(row, STATES[row.state(now)]) for row in rows[:MAX_LISTED]],
        "may_add": user.has_perm(ADD),
        "sees_all": user.has_perm(sittings.SEE_ALL),
    }


@staff_form(ADD, "admin/exams/classes/sitting_form.html")
def add(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Show and save the form of a new exam for a class."""
    before = own_sitting(request, whole_number(request.GET["again"], 0)) if "again" in request.GET else None
    exam = request.GET.get("exam") or _usual_exam()
    initial = proposal(timezone.now(), exam, current_user(request))
    if before:
        initial = again(before, initial)
    form = SittingForm(current_user(request), request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid() and (sitting := _create(request, form)):
        log(request, sitting, _("Created."), ADDITION)
        _warn_of_grades(request, sitting)
        return redirect("admin:exams_sitting_change", sitting.pk)
    return {"title": _("New exam for a class"), "form": form, "before": before}


def _usual_exam() -> str:
    """Return the newest exam of the house, else the one that is shown first to everybody."""
    own = Blueprint.objects.in_use().filter(origin=Blueprint.Origin.LOCAL).order_by("-loaded_at", "-pk").first()
    found = own or Blueprint.objects.default()
    return found.code if found else ""


def _create(request: HttpRequest, form: SittingForm) -> Sitting | None:
    blueprint = Blueprint.objects.current(form.cleaned_data["exam"])
    assert blueprint is not None  # a choice of the form
    terms, one_paper = form.terms(), form.cleaned_data["paper"] != PAPER_EACH
    try:
        sittings.check(terms, blueprint)
        sittings.check_ahead(terms, timezone.now())
        people = rosters.read(form.cleaned_data["people"]) if form.has_new_class else None
        drawn = class_papers.draw(blueprint, *terms.moments)
        paper = [slot.revision for slot in drawn.plan.slots]
        of_paper = _cautions_of_one_paper(request, terms, paper) if one_paper else _cautions_of_a_paper_each(blueprint)
        if form.caution(_cautions_without_end(form, terms) + of_paper):
            return None
        owner = current_user(request)
        with transaction.atomic():
            if people:
                name = rosters.free_name(owner, terms.name)
                terms = dataclasses.replace(terms, roster=rosters.create(owner, name, people))
            return sittings.create(blueprint, terms, owner, one_paper=one_paper, drawn=drawn)
    except TermsError as refused:
        form.add_faults(refused)
    except ShortageError:
        sentence = _("The bank has too few questions for this exam. Its page under Exams shows what is missing.")
        form.add_error("exam", sentence)
    return None


def _cautions_without_end(form: SittingForm, terms: Terms) -> list[str]:
    """Return what the instructor should know before an exam has no end."""
    if terms.last_start_at or terms.closes_at:
        return []
    last_start = timezone.localtime(terms.opens_at + timedelta(minutes=START_MINUTES), form.time_zone)
    text = _(
        "Without an end, participants see no score before you release the answers. Enter a last start, such as "
        "%(at)s: then they see it as soon as nobody can start or write any more."
    )
    return [text % {"at": f"{last_start:%H:%M}"}]


def _cautions_of_one_paper(request: HttpRequest, terms: Terms, paper: Collection[int]) -> list[str]:
    """Return what the instructor should know before this paper is for all."""
    seen = class_papers.seen_papers(paper, sittings.visible_to(current_user(request)))
    return [*(_seen_before(found, len(paper)) for found in seen), *_unfilled(terms, paper)]


def _seen_before(seen: SeenPaper, of: int) -> str:
    which = _("all %(of)d questions") if seen.n == of else _("%(n)d of the %(of)d questions")
    people = ngettext("%(people)d person has seen", "%(people)d people have seen", seen.people)
    text = _(
        "Of “%(name)s”, %(people)s %(which)s of this paper. From its opening, the answers of these questions are "
        "hidden from them again, until the answers of this exam open."
    )
    counts = {"n": seen.n, "of": of}
    return text % {"name": seen.sitting.name, "people": people % {"people": seen.people}, "which": which % counts}


def _unfilled(terms: Terms, paper: Collection[int]) -> list[str]:
    titles = class_papers.unfilled_exams(paper, *terms.moments)
    if not titles:
        return []
    text = _(
        "The questions of this paper are hidden from everybody until the answers open. Meanwhile the bank cannot "
        "fill: %(exams)s."
    )
    return [text % {"exams": ", ".join(titles)}]


def _cautions_of_a_paper_each(blueprint: Blueprint) -> list[str]:
    """Return what the instructor should know before each participant gets a paper of her own."""
    titles = class_papers.open_exams(blueprint)
    if not titles:
        return []
    text = _(
        "With a paper each, nothing is hidden from others: while the class is open, its questions can be practiced and "
        "drawn in %(exams)s. Somebody with a second browser can meet them there, with their solutions. One paper for "
        "all hides its questions from everybody until the answers open. Papers can share questions, so participants "
        "see their scores as soon as nobody can start or write any more, as with one paper."
    )
    return [text % {"exams": ", ".join(titles)}]


@staff_form(CHANGE, "admin/exams/classes/sitting_form.html")
def edit(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Change the terms."""
    sitting = own_sitting(request, pk)
    data = request.POST if request.method == "POST" else None
    form = SittingForm(current_user(request), data, sitting=sitting, initial=values_of(sitting))
    if form.is_bound and form.is_valid() and _change(request, sitting, form):
        return redirect("admin:exams_sitting_change", pk)
    return {"title": _("Change"), "form": form, "sitting": sitting, "has_started": sittings.has_started(sitting)}


def _change(request: HttpRequest, sitting: Sitting, form: SittingForm) -> bool:
    terms, before = form.terms(), sittings.terms_of(sitting)
    is_moved = any(getattr(terms, name) != getattr(before, name) for name in ("opens_at", "last_start_at", "closes_at"))
    try:
        sittings.check(terms, sitting.blueprint)
        if is_moved and not sittings.has_started(sitting):
            sittings.check_ahead(terms, timezone.now())
            paper = [slot["revision"] for slot in sitting.form.plan] if sitting.form else []
            of_paper = _cautions_of_one_paper(request, terms, paper) if paper else []
            if form.caution(_cautions_without_end(form, terms) + of_paper):
                return False
        sittings.change(sitting, terms, timezone.now())
    except TermsError as refused:
        form.add_faults(refused)
        return False
    log(request, sitting, _("Changed."))
    messages.success(request, _("The exam was changed."))
    _warn_of_grades(request, sitting)
    return True


def _warn_of_grades(request: HttpRequest, sitting: Sitting) -> None:
    """Say that no grade begins at the pass mark: a grade can look passed, and the report says that it is not."""
    exam = sitting.blueprint.exam
    grade = grades.band_across_the_pass_mark(grades.of_sitting(sitting), exam.scale.passing)
    if grade is None:
        return
    sign = "%" if exam.is_percent else ""
    text = _("No grade begins at the pass mark of %(mark)s: the nearest, '%(grade)s', begins at %(score)s.")
    values = {"mark": f"{exam.scale.passing}{sign}", "grade": grade.name, "score": f"{grade.score}{sign}"}
    messages.warning(request, text % values)


@staff_page(VIEW, "admin/exams/classes/sitting.html")
def detail(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show code and link, the window, the people with their links, and what can be done."""
    sitting = own_sitting(request, pk)
    as_listed = _as_listed(request)
    people = participants.in_order(
        sitting.participants.present().select_related("candidate__user", "entry"), as_listed=as_listed
    )
    now, may_change = timezone.now(), request.user.has_perm(CHANGE)
    new = whole_number(request.GET.get("new"), 0) if may_change else 0
    renewed = next((person for person in people if person.pk == new and person.link_hash), None)
    return {
        "title": sitting.name,
        "sitting": sitting,
        "exam": sitting.blueprint.exam,
        "pass_points": pass_points.before_start(sitting.blueprint, sitting.form),
        "minutes": sitting.minutes_allowed,
        "grades": grades.of_sitting(sitting),
        "join_link": links.join_link(sitting, site_url(request)),
        "join_page": links.absolute(reverse("join"), site_url(request)),
        "people": people,
        "as_listed": as_listed,
        "n_joined": sum(person.candidate_id is not None for person in people),
        "n_started": sitting.attempts.values("candidate").distinct().count(),
        "has_started": sittings.has_started(sitting),
        "review_opens_at": sittings.review_opens_at(sitting),
        "is_disclosed": sittings.is_disclosed(sitting, now),
        "is_over": sitting.admits_nobody(now),
        "max_extra_minutes": MAX_EXTRA_MINUTES,
        "may_change": may_change,
        "may_add": request.user.has_perm(ADD),
        "has_links": may_change and any(person.link_hash for person in people),
        "renewed": renewed,
        "new_link": links.personal_link(renewed, site_url(request)) if renewed else "",
    }


@staff_action(CHANGE)
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the extra minutes, renew one personal link, or add those who are new in the class."""
    sitting = own_sitting(request, pk)
    if "newcomers" in request.POST:
        n = sittings.add_newcomers(sitting)
        text = ngettext("%(n)d person was added.", "%(n)d people were added.", n) % {"n": n}
        messages.success(request, text)
    elif "renew" in request.POST:
        key = whole_number(request.POST["renew"], 0)
        person = get_object_or_404(sitting.participants.exclude(name=""), pk=key)
        participants.renew_link(person)
        log(request, sitting, _("New link for '%(name)s'.") % {"name": person})
        # Shown in the row of the person, where the button was.
        address = reverse("admin:exams_sitting_change", args=[pk])
        return HttpResponseRedirect(f"{address}?new={person.pk}#person-{person.pk}")
    else:
        n = _save_extra_minutes(request, sitting)
        text = ngettext("Extra time of %(n)d person saved.", "Extra time of %(n)d people saved.", n) % {"n": n}
        messages.success(request, text)
    return HttpResponseRedirect(f"{reverse('admin:exams_sitting_change', args=[pk])}#people")


def _save_extra_minutes(request: HttpRequest, sitting: Sitting) -> int:
    count, typos, writing = 0, [], []
    open_exams = set(class_board.running(sitting, None, timezone.now()).values_list("candidate", flat=True))
    for person in sitting.participants.select_related("sitting__blueprint"):
        typed = request.POST.get(f"extra-{person.pk}")
        minutes = person.extra_minutes if typed is None else whole_number(typed or "0", None, MAX_EXTRA_MINUTES)
        if minutes is None:
            typos.append(str(person))
        elif minutes != person.extra_minutes:
            sittings.set_extra_minutes(person, minutes, timezone.now())
            log(request, sitting, _("%(n)d extra minutes for '%(name)s'.") % {"n": minutes, "name": person})
            count += 1
            if person.candidate_id in open_exams:
                writing.append(str(person))
    if writing:
        text = _("The running exam keeps its end: %(names)s. Give extra time for it on the board.")
        messages.warning(request, text % {"names": ", ".join(writing)})
    if typos:
        text = _("Not saved for %(names)s: enter whole minutes up to %(most)d.")
        values = {"names": ", ".join(typos), "most": MAX_EXTRA_MINUTES}
        messages.error(request, text % values)
    return count


@staff_page(CHANGE, "admin/exams/classes/links.html")
def all_links(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the personal links to copy them, one for each person."""
    sitting = own_sitting(request, pk)
    rows = links.links_of(sitting, site_url(request), as_listed=_as_listed(request))
    table = "\n".join(f"{person}\t{(person.entry and person.entry.email) or ''}\t{link}" for person, link in rows)
    reachable, others = link_mails.addressed(sitting, site_url(request))
    job = job_state.find(link_mails.KIND, sitting.pk)
    return {
        "title": _("Personal links"),
        "sitting": sitting,
        "rows": rows,
        "as_listed": _as_listed(request),
        "table": table,
        "reachable": reachable,
        "others": others,
        "example": link_mails.message(reachable[0], sitting, site_url(request)) if reachable else None,
        "job": job,
        "is_busy": bool(job and job.state in job_state.OPEN),
        "refused": link_mails.refused_people(job, sitting) if job else [],
        "unsure": link_mails.unsure_people(job, sitting) if job else [],
    }


@staff_action(CHANGE)
def mail_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the personal links by mail, by a job."""
    sitting = own_sitting(request, pk)
    try:
        link_mails.request(sitting, site_url(request), timezone.now())
        log(request, sitting, _("Personal links sent by mail."))
        messages.success(request, _("The mails are being sent. This page shows how far it is."))
    except RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("admin:exams_sitting_links", pk)


@staff_page(CHANGE)
def links_csv(request: HttpRequest, pk: int) -> HttpResponse:
    sitting = own_sitting(request, pk)
    return download(f"links-{sitting.code}.csv", links.links_csv(sitting, site_url(request)), MEDIA_TYPE)


@staff_action(CHANGE)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an exam that is over out of the list, or put it back."""
    sitting = own_sitting(request, pk)
    try:
        if "restore" in request.POST:
            sittings.restore(sitting)
            messages.success(request, _("The exam is in the list again."))
        else:
            sittings.archive(sitting, timezone.now())
            messages.success(request, _("The exam is archived. Its results stay."))
        log(request, sitting, _("Archived.") if sitting.archived_at else _("Put back into the list."))
    except RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("admin:exams_sitting_change", pk)


@staff_form(CHANGE, "admin/exams/classes/delete.html")
def delete(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Ask on GET; on POST delete an exam that nobody has started."""
    sitting = own_sitting(request, pk)
    if request.method != "POST":
        has_started, n_joined = sittings.has_started(sitting), sitting.participants.exclude(candidate=None).count()
        title = _("Delete “%s”") % sitting.name
        return {"title": title, "sitting": sitting, "has_started": has_started, "n_joined": n_joined}
    try:
        with transaction.atomic():
            log(request, sitting, _("Deleted."), DELETION)
            sittings.delete(sitting)
    except RefusedError as refused:
        messages.error(request, str(refused))
        return redirect("admin:exams_sitting_change", pk)
    messages.success(request, _("“%s” was deleted.") % sitting.name)
    return redirect("admin:exams_sitting_changelist")


@staff_page(CHANGE, "admin/exams/classes/sheet.html")
def sheet(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show a sheet to print and cut: a QR code for each person, or the one code for all."""
    sitting = own_sitting(request, pk)
    base = site_url(request)
    linked = links.links_of(sitting, base, as_listed=_as_listed(request))
    return {
        "title": _("Sheet"),
        "sitting": sitting,
        "join_page": links.absolute(reverse("join"), site_url(request)),
        "join_link": links.join_link(sitting, base),
        "join_qr": links.qr_code(links.join_link(sitting, base)),
        "as_listed": _as_listed(request),
        "cards": [_card(person, base) for person, _link in linked],
    }


@staff_form(CHANGE, "admin/exams/classes/release.html")
def release(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Ask on GET, with what will happen. On POST disclose answers and results to the participants."""
    sitting, now = own_sitting(request, pk), timezone.now()
    if request.method != "POST":
        counts = class_board.counts(sitting)
        return {
            "title": _("Release the answers"),
            "sitting": sitting,
            "is_disclosed": sittings.is_disclosed(sitting, now),
            "admits_nobody": sitting.admits_nobody(now),
            "n_writing": counts[Stage.WRITING],
            "n_not_started": counts[Stage.NOT_STARTED],
            "n_handed_in": counts[Stage.HANDED_IN],
        }
    try:
        sittings.release(sitting, now)
        log(request, sitting, _("Answers released."))
        messages.success(request, _("The answers are released: participants see their reports."))
    except RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("admin:exams_sitting_change", pk)


def _as_listed(request: HttpRequest) -> bool:
    """Return whether people stand in the order of their list, not by last name."""
    return request.GET.get("order") == "list"


def _card(person: Participant, base: str) -> dict[str, Any]:
    link, token = links.personal_link(person, base), participants.link_token(person)
    spaced = " ".join(token[place : place + 4] for place in range(0, len(token), 4))
    return {"person": person, "link": link, "letters": spaced, "qr": links.qr_code(link), "used": person.link_used_at}
