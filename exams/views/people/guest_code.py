"""The guest code page: a guest continues in this browser, or a user adds a guest's exams to the account."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access, rate_limits
from exams.rate_limits import Limit
from exams.services.attempt import attempts, ending
from exams.services.people import candidates
from exams.views.pages import form_page, see_other

MAX_CODE_CHARS = 100


@form_page
def guest_code(request: HttpRequest) -> HttpResponseBase:
    """Ask for the guest code on GET; on POST, bind this browser to the guest, or claim the guest's exams.

    Lead into the running exam of the guest, if there is one; several are listed on the account page.
    """
    signed_in = request.user.is_authenticated
    if not settings.GUESTS and not signed_in:
        status = 403 if request.method == "POST" else 200
        return render(request, "exams/people/guest_code.html", {"guests_refused": True}, status=status)
    if request.method != "POST":
        return render(request, "exams/people/guest_code.html")
    typed_code = request.POST.get("code", "")[:MAX_CODE_CHARS]

    def refusal(error: str, status: int) -> HttpResponseBase:
        context = {"typed_code": typed_code, "error": error}
        return render(request, "exams/people/guest_code.html", context, status=status)

    browser = rate_limits.browser(request)
    if rate_limits.is_reached(request, Limit.WRONG_GUEST_CODE, browser):
        return refusal(_("Too many wrong codes. Wait a minute, then try again."), 429)
    access.settle(request)
    if access.PENDING_GUEST_KEY in request.session:
        owner, earlier_guest = access.candidate(request), access.pending_guest(request)
        if owner and earlier_guest and not candidates.fits(earlier_guest, owner):
            return refusal(candidates.too_many_attempts(), 409)
        error = _(
            "Two of your exams are already running."
            " Finish the exam that you started as a guest, then enter the code again."
        )
        return refusal(error, 409)
    guest = candidates.find_by_guest_code(typed_code)
    if guest is None:
        rate_limits.count(request, Limit.WRONG_GUEST_CODE, browser)
        count = len(candidates.code_digits(typed_code))
        if count != candidates.CODE_DIGITS:
            error = _("A code has %(digits)d characters. You entered %(n)d.")
            return refusal(error % {"digits": candidates.CODE_DIGITS, "n": count}, 422)
        error = _(
            "No guest has this code. Check each character. A code becomes invalid when the guest creates an account or "
            "is erased after a long absence. If you have an account, sign in instead."
        )
        return refusal(error, 422)
    now = timezone.now()
    running = [exam for exam in attempts.open_exams(guest) if not ending.close_if_overdue(exam, now)]
    claimant, browser_guest = (request.user, guest) if signed_in else (guest, access.candidate(request))
    claim = candidates.claim(claimant, browser_guest, access.seat(request))
    if claim.too_many:
        return refusal(candidates.too_many_attempts(), 409)
    access.adopt(request, claim)
    if len(running) == 1 and (
        running[0].sitting_id or not claim.pending_guest
    ):  # the clock runs: continue at the same question
        return see_other("attempt", running[0].uuid)
    if signed_in:
        text = ngettext("%(n)d attempt is now in your account.", "%(n)d attempts are now in your account.", claim.moved)
        messages.success(request, text % {"n": claim.moved})
    else:
        messages.success(request, _("Welcome back. Your exams are available in this browser again."))
    return see_other("account" if running else "history")
