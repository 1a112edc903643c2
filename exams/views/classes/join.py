"""Join an exam of a class: the page for the code, personal links, and 'Somebody else' on a shared computer."""

from datetime import timedelta

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from exams import access, chosen_exam, known_browsers, rate_limits
from exams.models import Participant, Sitting
from exams.models.sitting import CODE_LETTERS
from exams.rate_limits import Limit
from exams.services.classes import joining, participants
from exams.services.classes.participants import LINK_LETTERS
from exams.services.people import candidates
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page
from questions.models import User
from questions.services.errors import RefusedError

MAX_TYPED_CHARS = 40
KNOWN_AFTER = timedelta(days=1)


@form_page
def join(request: HttpRequest) -> HttpResponseBase:
    """Ask for the code on GET; on POST lead to the exam with this code, or to the personal link."""
    if request.method != "POST":
        return join_page(request)
    typed = request.POST.get("code", "")[:MAX_TYPED_CHARS]
    letters = participants.letters(typed)
    if len(letters) == LINK_LETTERS and participants.find_by_link(letters):
        return SeeOther(redirect("join_link", letters).url)
    sitting = joining.find_sitting(letters)
    if too_many_wrong_codes(request, sitting):
        return too_many_page(request, typed)
    if sitting:
        return SeeOther(redirect("join_sitting", sitting.code).url)
    return unknown_code(request, typed, 422)


def unknown_code(request: HttpRequest, typed: str, status: int) -> HttpResponse:
    """Show the page for the code again, with a sentence about what was typed."""
    count_wrong_code(request)
    count = len(participants.letters(typed))
    if count not in (CODE_LETTERS, LINK_LETTERS):
        text = _("A code has %(short)d letters, a personal code %(long)d. You entered %(n)d.")
        error = text % {"short": CODE_LETTERS, "long": LINK_LETTERS, "n": count}
    else:
        error = _("No exam has this code. Check each letter: codes have no vowels and no digits.")
    return join_page(request, typed, error, status)


def too_many_wrong_codes(request: HttpRequest, sitting: Sitting | None = None) -> bool:
    """Return whether this browser learns no more whether a code is right, that of this sitting or a wrong one.

    Somebody who floods a school with wrong codes keeps nobody else from joining, before the limit of the address, which
    is much higher. Then known browsers have some wrong codes more, and the instructor admits others. Personal links are
    looked up first: nobody guesses them.
    """
    if not rate_limits.is_reached(request, Limit.WRONG_CLASS_CODE, rate_limits.browser(request)):
        return False
    if sitting and rate_limits.admits_all(sitting.pk):
        return False
    known = known_browser(request)
    return not known or rate_limits.is_reached(request, Limit.WRONG_CLASS_CODE_OF_KNOWN_BROWSER, known)


def count_wrong_code(request: HttpRequest) -> None:
    """Count one more wrong code or personal link."""
    is_counted = rate_limits.count(request, Limit.WRONG_CLASS_CODE, rate_limits.browser(request))
    if not is_counted and (known := known_browser(request)):
        rate_limits.count(request, Limit.WRONG_CLASS_CODE_OF_KNOWN_BROWSER, known)


def known_browser(request: HttpRequest) -> str:
    """Return what this browser is counted by, apart from its network; "" if it is a stranger's.

    That is its account, also one that has signed in here before, or the person with a place in a class.
    Accounts count after a day: anybody can make some more.
    """
    before = timezone.now() - KNOWN_AFTER
    if isinstance(request.user, User):
        return f"account {request.user.pk}" if request.user.date_joined < before else ""
    owners = access.candidate_ids(request)
    if owners and (place := Participant.objects.present().filter(candidate__in=owners).first()):
        return f"candidate {place.candidate_id}"
    account = known_browsers.oldest_known(request, before)
    return f"account {account}" if account else ""


def too_many_page(request: HttpRequest, typed: str = "") -> HttpResponse:
    """Show the page for the code with the reason why no code is looked up."""
    error = _(
        "Too many wrong codes from your network. Try once more. If you see this again, wait a minute, or tell your "
        "instructor, who can let you in."
    )
    return join_page(request, typed, error, 429)


def join_page(request: HttpRequest, typed: str = "", error: str = "", status: int = 200) -> HttpResponse:
    """Render the page for the code."""
    context = {"typed": typed, "error": error, "known_as": known_name(request)}
    return render(request, "exams/classes/join.html", context, status=status)


def known_name(request: HttpRequest) -> str:
    """Return the name by which this browser has joined an exam, or that of the account; "" if neither is known."""
    if request.user.is_authenticated:
        return str(request.user)
    owners = access.candidate_ids(request)
    rows = Participant.objects.filter(candidate__in=owners).exclude(name="")
    newest = rows.order_by("-joined_at").values_list("name", flat=True).first() if owners else None
    return newest or ""


@never_cache
@require_POST
def somebody_else(request: HttpRequest) -> HttpResponseBase:
    """Forget who used this browser, guest or account, and go on where the next person was."""
    next_page = _page_of_code(request, participants.letters(request.POST.get("code", "")))
    if request.user.is_authenticated:
        auth.logout(request)
    else:
        request.session.flush()
    rotate_token(request)  # the next person cannot start from a rules page in the history of this browser
    messages.success(request, _("This browser has forgotten who used it before."))
    response = SeeOther(next_page)
    known_browsers.forget(response)
    return response


def _page_of_code(request: HttpRequest, letters: str) -> str:
    """Return the page of this code or personal link, or that for the code. Who guesses codes is counted here, too."""
    if len(letters) == LINK_LETTERS and participants.find_by_link(letters):
        return reverse("join_link", args=[letters])
    sitting = joining.find_sitting(letters)
    if letters and not too_many_wrong_codes(request, sitting):
        if sitting:
            return reverse("join_sitting", args=[sitting.code])
        count_wrong_code(request)
    return reverse("join")


@form_page
def join_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show a button on GET, since mail scanners open links; on POST bind this browser to the person of the link."""
    participant = participants.find_by_link(token)
    if participant is None:
        if too_many_wrong_codes(request):
            return too_many_page(request)
        count_wrong_code(request)
        error = _("This link is not valid any more. Ask your instructor for a new one, or enter the code of the exam.")
        return join_page(request, "", error, 404)
    error = ""
    if request.method == "POST":
        try:
            return _use_link(request, participant)
        except RefusedError as refused:
            error = str(refused)
    context = {
        "participant": participant,
        "sitting": participant.sitting,
        "token": token,
        "error": error,
        "known_as": known_name(request),
        "is_own": participant.candidate_id in access.candidate_ids(request),
        "start_token": StartToken.of(request).signed(request),
    }
    return render(request, "exams/classes/join_link.html", context, status=409 if error else 200)


def _use_link(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    now = timezone.now()
    pair = StartToken.read(request.POST.get("pair", ""), request)
    if pair is None:
        raise RefusedError(_("This page was open for more than a day. Select the button again."))
    candidate = access.candidate(request)
    if participant.candidate_id in access.candidate_ids(request):  # perhaps the guest beside an account
        candidate = participant.candidate
    person = None
    if candidate or not request.user.is_authenticated:  # an account never goes on as the guest of the link
        person = joining.use_link(participant, candidate, now)
    if person is None:
        new = candidates.get_or_create_candidate(
            request.user, pair.candidate, now, **chosen_exam.class_preference(request, participant.sitting.blueprint)
        )
        person = joining.use_link(participant, new, now)
    assert person is not None
    if person != candidate:
        access.remember(request, person)
    return SeeOther(redirect("join_sitting", participant.sitting.code).url)
