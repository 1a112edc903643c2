"""Reminders on request: the calendar feed and the mails of a candidate, and the links that these mails have."""

from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exams import access, rate_limits
from exams.browser_choices import zone_name
from exams.models import Candidate, Reminders
from exams.rate_limits import Limit
from exams.second_factor import may
from exams.services.people import study_state, usernames
from exams.services.people.candidates import get_or_create_candidate
from exams.services.practice import calendar_feed
from exams.services.practice import reminders as service
from exams.services.practice.reminder_mails import may_review
from exams.sign_in import log_unsent_mail, site_url
from exams.views.pages import SeeOther, form_page, safe_page
from questions.content.typed_numbers import whole_number
from questions.models import User
from questions.services.authorship import APPROVE

CALENDAR_SECONDS = 300  # that a feed is kept
CALENDAR_TYPE = "text/calendar; charset=utf-8"


def reminders_context(request: HttpRequest, candidate: Candidate | None) -> dict[str, Any]:
    """Return what the account page shows of the reminders: one query; nothing without a candidate or a reviewer."""
    reviewer = _reviewer(request)
    if candidate is None and reviewer is None:
        return {}
    row = service.of(candidate) if candidate else Reminders()
    feed = site_url(request) + reverse("calendar", args=[row.feed]).removeprefix("/") if row.feed else ""
    return {
        "reminders": row,
        "reminder_hours": Reminders.HOURS,
        "feed_address": feed,
        "sends_mails": bool(settings.EMAIL_URL) and request.user.is_authenticated,
        "reviews_offered": reviewer is not None,
        "gets_mails": bool(row.mail_at and request.user.is_authenticated and row.email == request.user.email),
    }


def _reviewer(request: HttpRequest) -> User | None:
    """Return the user if mails about reviews are offered: as staff, so with a second factor where it is required."""
    user = request.user
    return user if isinstance(user, User) and may_review(user) and may(request, APPROVE) else None


@require_POST
def reminders(request: HttpRequest) -> HttpResponseBase:
    """Change the reminders of the candidate as a button of the account page says, and return there."""
    now, zone, action = timezone.now(), zone_name(request.COOKIES), request.POST.get("action", "")
    candidate = access.candidate(request)
    reviewer = _reviewer(request)
    if candidate is None and reviewer and not Candidate.objects.filter(user=reviewer).exists():
        candidate = get_or_create_candidate(reviewer, uuid4(), now)
    if candidate is None:
        return redirect("account_login")
    if action == "feed":
        service.start_feed(candidate, zone)
        messages.success(request, _("Your calendar has an address. A former one leads nowhere any more."))
    elif action == "end_feed":
        study_state.end_feeds([candidate])
        messages.success(request, _("The calendar is revoked: its address leads nowhere any more."))
    elif action == "stop_mails":
        service.stop_mails(candidate)
        messages.success(request, _("You get no more mails."))
    elif action == "time":
        hour = whole_number(request.POST.get("hour"), None)
        if hour in Reminders.HOURS:
            service.set_time(candidate, hour, zone, now)
            messages.success(request, _("Your changes are saved."))
        else:
            messages.error(request, _("Choose an hour of the list."))
    elif action == "mails" and isinstance(request.user, User) and settings.EMAIL_URL:
        _begin_mails(request, candidate, request.user, zone)
    return SeeOther(reverse("account") + "#reminders")


def _begin_mails(request: HttpRequest, candidate: Candidate, user: User, zone: str) -> None:
    """Begin to send mails to the address of the account, or ask its owner by mail."""
    site, about = site_url(request), request.POST.getlist("about")
    if _reviewer(request):
        if not about:
            messages.error(request, _("Tick what the mails should be about."))
            return
        service.choose(candidate, practice="practice" in about, reviews="reviews" in about)
    if not user.email:
        messages.error(request, _("Enter an email address first, under “Name and email”."))
    elif service.wants_mails(candidate, user.email, site, zone, timezone.now()):
        messages.success(request, _("You get a mail on each day on which there is something to do."))
    elif not (
        rate_limits.count(request, Limit.REMINDER_CONFIRMATION, str(user.pk))
        and rate_limits.count(request, Limit.REMINDER_CONFIRMATION_TO, usernames.mailbox(user.email))
    ):
        messages.error(request, _("Too many mails were sent to confirm your address. Try again later."))
    else:
        try:
            service.confirmation(candidate, user.email, site, zone).send()
        except OSError as error:  # smtplib's errors too
            log_unsent_mail(error)
            messages.error(request, _("The mail to confirm your address could not be sent. Try again later."))
        else:
            sentence = _("A mail was sent to %(email)s. Open the link in it, and the reminders begin.")
            messages.success(request, sentence % {"email": user.email})


@safe_page
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the calendar feed. A guessed or revoked address gets 404.

    It is computed from all answers of the candidate, so it is kept for some minutes.
    """
    row = service.by_feed(token)
    if row is None:
        raise Http404
    if not rate_limits.count(request, Limit.CALENDAR, token):
        return rate_limits.refusal(request)
    site = site_url(request)
    key = f"calendar:{sha256(f'{token} {site} {row.zone} {row.hour}'.encode()).hexdigest()}"
    feed = cache.get(key)
    if feed is None:
        feed = calendar_feed.calendar(row, site, timezone.now())
        cache.set(key, feed, CALENDAR_SECONDS)
    return HttpResponse(feed, content_type=CALENDAR_TYPE)


@form_page
def confirm_reminders(request: HttpRequest, token: str) -> HttpResponseBase:
    """Begin to send mails on POST. GET only asks, because mail programs open links for previews."""
    if request.method == "POST":
        is_valid, is_done = service.confirm(token, timezone.now()), True
    else:
        is_valid, is_done = bool(service.confirmed_address(token)), False
    context = {"email": service.confirmed_address(token), "is_valid": is_valid, "is_done": is_done}
    return render(request, "exams/people/confirm_reminders.html", context, status=200 if is_valid else 410)


@csrf_exempt
@form_page
def stop_reminders(request: HttpRequest, token: str) -> HttpResponseBase:
    """End the mails on POST, also on that of a mail program (RFC 8058), which has no token of a form."""
    is_done = request.method == "POST"
    is_valid = service.stop_by_link(token) if is_done else service.is_stop_link(token)
    context = {"is_valid": is_valid, "is_done": is_done}
    return render(request, "exams/people/stop_reminders.html", context, status=200 if is_valid else 410)
