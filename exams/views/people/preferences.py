"""The settings of a candidate: colors, text size, keys and clock of the room, and what practice asks."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import access, theme
from exams.services.people import candidates
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page
from exams.views.people.newcomers import NewcomerError, SignInNeededError, candidate_or_new

SIZE_LABELS = (gettext_lazy("Normal"), gettext_lazy("Large"), gettext_lazy("Largest"))
DEFAULTS: dict[str, Any] = {"theme": "", "size": 1, "keys": True, "timer": True, "sure": True}


class PreferencesForm(forms.Form):
    """What a candidate chooses. A checkbox that is not ticked is off."""

    theme = forms.ChoiceField(choices=[(value, value) for value in candidates.THEMES], required=False)
    size = forms.TypedChoiceField(choices=list(zip(candidates.TEXT_SIZES, SIZE_LABELS, strict=True)), coerce=int)
    keys = forms.BooleanField(required=False)
    timer = forms.BooleanField(required=False)
    sure = forms.BooleanField(required=False)


@form_page
def preferences(request: HttpRequest) -> HttpResponseBase:
    """Show the settings; POST stores them. Colors alone need no candidate: this browser remembers them."""
    if request.method != "POST":
        return _page(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, status=400, notice=_("One of the settings does not exist. Nothing was changed."))
    chosen = form.cleaned_data
    colors_only = all(chosen[name] == DEFAULTS[name] for name in ("size", "keys", "timer", "sure"))
    if not (colors_only and access.candidate(request) is None):
        try:
            candidate = candidate_or_new(request, timezone.now())
            candidates.update_preferences(candidate.pk, candidate.epoch, chosen)
        except NewcomerError as error:
            return _page(request, status=error.status, notice=str(error))
        except SignInNeededError:
            return redirect(f"{reverse('account_login')}?next={reverse('settings')}")
    messages.success(request, _("Your settings are saved."))
    response = SeeOther(reverse("settings"))
    theme.remember(response, chosen["theme"])
    return response


def _page(request: HttpRequest, *, status: int = 200, notice: str = "") -> HttpResponseBase:
    candidate = access.candidate(request)
    stored = candidate.preferences if candidate else {}
    context = {
        "section": "settings",
        "notice": notice,
        "chosen": {**DEFAULTS, **stored, "theme": theme.chosen(request) or stored.get("theme", "")},
        "sizes": list(zip(candidates.TEXT_SIZES, SIZE_LABELS, strict=True)),
        "start_token": StartToken.of(request).signed(request),
        "is_known": candidate is not None or request.user.is_authenticated,
    }
    return render(request, "exams/people/preferences.html", context, status=status)
