"""The admin of users: one-time sign-in links for servers without e-mail."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from exams.services.people import accounts, sign_in_links, staff_status, usernames
from exams.sign_in import site_url
from questions.admin.filter_bar import FilteredAdmin, known, yes_no
from questions.admin.staff_page import log
from questions.models import User
from questions.services.errors import RefusedError

MAX_SIGN_IN_LINKS = 40  # for a class


class NewAccountForm(AdminUserCreationForm):
    """A new account."""

    def clean_username(self) -> str:
        name: str = super().clean_username()
        usernames.check_new(name)
        return name


class NameRules:
    """The checks of a form that changes the names of an account."""

    cleaned_data: dict[str, Any]
    initial: Any
    instance: Any

    def clean_username(self) -> str:
        """Check a new name; an account of before keeps the one it has."""
        name: str = self.cleaned_data["username"]
        if name != self.initial.get("username"):
            usernames.check_new(name)
            if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
                raise forms.ValidationError(_("This name is taken. Choose another name."))
        return name

    def clean_display_name(self) -> str:
        return usernames.display_name(self.cleaned_data["display_name"])


class AccountForm(NameRules, UserChangeForm):
    """An account; `by` is the user who changes it."""

    by: User

    def clean_groups(self) -> Any:
        """Refuse a group that may do more than the user: it could be given to an account of the same person."""
        groups = self.cleaned_data["groups"]
        try:
            for group in groups.exclude(pk__in=self.instance.groups.all()):
                accounts.require_rights(self.by, group)
        except RefusedError as refused:
            raise forms.ValidationError(str(refused)) from refused
        return groups


admin.site.unregister(Authenticator)  # its pages would show the secrets of second factors
admin.site.unregister(EmailAddress)  # the page of an account has its address


_ACTIVE, _DEACTIVATED = gettext_lazy("active"), gettext_lazy("deactivated")
_YES, _NO = gettext_lazy("Yes"), gettext_lazy("No")


def _roles() -> Iterable[tuple[int, str]]:
    return Group.objects.order_by("name").values_list("pk", "name")


@admin.register(User)
class RestrictedUserAdmin(FilteredAdmin, UserAdmin):
    list_title = gettext_lazy("Accounts")
    form = AccountForm
    add_form = NewAccountForm
    actions = ["make_sign_in_link"]
    filter_horizontal = ()  # the labels of Django's two-box widget are not accessible to screen readers
    list_display = ["username", "display_name", "email", "roles", "is_active"]
    list_filter = [
        known(gettext_lazy("role"), "groups__id__exact", _roles, "groups"),
        yes_no(gettext_lazy("account"), "is_active__exact", "is_active", yes=_ACTIVE, no=_DEACTIVATED),
        yes_no(gettext_lazy("superuser"), "is_superuser__exact", "is_superuser", yes=_YES, no=_NO),
    ]
    search_fields = ["username", "display_name", "email"]
    readonly_fields = ["is_staff", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Personal details"), {"fields": ["display_name", "email"]}),
        (
            gettext_lazy("Roles"),
            {
                "fields": ["is_active", "groups", "is_staff", "is_superuser", "user_permissions"],
                "description": gettext_lazy(
                    "Staff status depends on the roles. An account with a role can open the admin. "
                    "An account without a role cannot. Superusers always can."
                ),
            },
        ),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("roles"), empty_value="–")
    def roles(self, user: User) -> str:
        """The roles of an account; a superuser needs none."""
        names = [group.name for group in user.groups.all()]
        return ", ".join([gettext("Superuser"), *names] if user.is_superuser else names)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        form.stored_password = User.objects.filter(pk=obj.pk).values_list("password", flat=True).first()
        obj.is_staff = obj.is_staff or obj.is_superuser
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            accounts.store_address(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Let the staff status follow the roles, also when the superuser status ends and no role changes."""
        super().save_related(request, form, formsets, change)
        staff_status.follow_roles([form.instance.pk])
        if change and not User.objects.filter(pk=form.instance.pk, password=form.stored_password).exists():
            self.message_user(request, accounts.CLOSED % form.instance, messages.WARNING)

    # Administrators may change accounts, but must not create or take over a superuser, nor raise their own account.
    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj and not accounts.may_open(request.user, obj):
            fields += ["username", "email"]  # a link for a new password is sent to the address
        if obj and obj.pk == request.user.pk:
            fields += ["is_active", "groups"]
        return fields if request.user.is_superuser else [*fields, "is_superuser", "user_permissions"]

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:  # type: ignore[override]
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and accounts.may_change(request.user, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out the password, with the link to set it, where the user may not set it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or accounts.may_open(request.user, obj):
            return fieldsets
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field != "password"]})
            for name, options in fieldsets
        ]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        account = self.get_object(request, id)
        if account and not accounts.may_open(request.user, account):
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Leave accounts of staff to superusers: under a free name somebody else could review."""
        may_open = obj is None or accounts.may_open(request.user, obj)
        return super().has_delete_permission(request, obj) and may_open and accounts.may_change(request.user, obj)

    @admin.action(description=gettext_lazy("Create a sign-in link"), permissions=["change"])
    def make_sign_in_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Show the links."""
        users = list(queryset.order_by("username")[:MAX_SIGN_IN_LINKS])
        openable = accounts.openable(request.user, users)
        for user in users:
            if not user.is_active:
                self.message_user(request, _("%s is deactivated and cannot get a link.") % user, messages.WARNING)
            elif user.pk not in openable:
                self.message_user(request, accounts.NOT_OPENABLE % user, messages.WARNING)
            else:
                link = sign_in_links.sign_in_link(user, site_url(request))
                log(request, user, _("Created a sign-in link."))
                text = _("Sign-in link for %(name)s, valid once within 24 hours: %(link)s")
                self.message_user(request, text % {"name": user, "link": link})
