"""Forms that people fill in outside of the exam room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from questions.models import User


class PasswordAgain(forms.Form):
    """Who is about to end sessions types the password once more; an account without one has nothing to type."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your current password."))
        return password
