"""People for administrators: accounts from a pasted list, roles, sign-in links, and who is active."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.roles import ROLES
from exams.services.people import accounts, second_factor, sign_in_links
from exams.services.people.pasted_lists import ListFaultsError
from exams.sign_in import site_url
from questions.admin.staff_page import current_user, log, render_page, staff_form
from questions.content.typed_numbers import whole_number
from questions.models import User
from questions.services.errors import RefusedError

PAGE_SIZE = 100
MAX_LIST_CHARS = 200_000
MANAGE_ACCOUNTS, CREATE = "questions.change_user", "questions.add_user"  # what administrators may


class PeopleForm(forms.Form):
    """A pasted list of new accounts."""

    people = forms.CharField(
        label=gettext_lazy("People"),
        max_length=MAX_LIST_CHARS,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One person a line: the name; after commas an e-mail address and a role, if you like. "
            "For example: Ana Silva, ana@example.org, Instructor"
        ),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """An account on the page, with what this user may do to it. `role` is None if it is not one role or none."""

    account: User
    roles: str
    role: str | None
    may_change: bool
    may_open: bool
    may_reset: bool  # the second factor


@staff_form(MANAGE_ACCOUNTS, "admin/exams/people/accounts.html")
def page(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """List the accounts. POST saves roles, makes sign-in links, or deactivates and activates an account."""
    user = current_user(request)
    page = Paginator(_found(request), PAGE_SIZE).get_page(request.GET.get("page"))
    listed = rows(list(page), user)
    if request.method == "POST":
        return carry_out(request, user, listed)
    return {
        "title": _("People"),
        "rows": listed,
        "may_save_roles": any(row.role is not None and row.may_change for row in listed),
        "page": page,
        "roles": list(ROLES),
        "search": request.GET.get("q", ""),
        "role": request.GET.get("role", ""),
        "may_add": user.has_perm(CREATE),
        "self_approval": settings.SELF_APPROVAL,
        "n_unused": sum(row.may_open and row.account.last_login is None for row in listed),
    }


@staff_form(CREATE, "admin/exams/people/add_accounts.html")
def add(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Create accounts from a pasted list, and show a sign-in link for each."""
    form, user = PeopleForm(request.POST if request.method == "POST" else None), current_user(request)
    if form.is_bound and form.is_valid():
        try:
            users = accounts.create(accounts.read(form.cleaned_data["people"], list(ROLES)), by=user)
            for account in users:
                log(request, account, _("Created from a list."), ADDITION)
            text = ngettext("%(n)d account was created.", "%(n)d accounts were created.", len(users))
            return _links(request, users, text % {"n": len(users)})
        except ListFaultsError as refused:
            for sentence in refused.sentences:
                form.add_error("people", sentence)
        except RefusedError as refused:
            form.add_error("people", str(refused))
    return {"title": _("Add people"), "form": form, "roles": list(ROLES), "self_approval": settings.SELF_APPROVAL}


def _found(request: HttpRequest) -> QuerySet[User]:
    """Return the accounts that match the search and the role of the address."""
    found = User.objects.prefetch_related("groups").order_by("-is_active", "username")
    for word in request.GET.get("q", "").split():
        names = Q(username__icontains=word) | Q(display_name__icontains=word) | Q(email__icontains=word)
        found = found.filter(names)
    if role := request.GET.get("role"):
        found = found.filter(groups__name=role)
    return found


def rows(page: list[User], user: User) -> list[Row]:
    """Return these accounts with what this user may do to each."""
    openable = accounts.openable(user, page)
    protected = second_factor.protected([account.pk for account in page]) if user.is_superuser else set()
    return [
        _row(account, user, may_open=account.pk in openable, may_reset=account.pk in protected and account != user)
        for account in page
    ]


def _row(account: User, user: User, *, may_open: bool, may_reset: bool) -> Row:
    names = [group.name for group in account.groups.all()]
    is_plain = len(names) < 2 and {*names} <= {*ROLES} and not account.is_superuser
    return Row(
        account=account,
        roles=", ".join([_("Superuser"), *names] if account.is_superuser else names),
        role="".join(names) if is_plain else None,
        may_change=accounts.may_change(user, account) and account != user,
        may_open=account.is_active and may_open,
        may_reset=may_reset,
    )


def carry_out(request: HttpRequest, user: User, listed: Iterable[Row]) -> HttpResponse:
    """Carry out the button of the list."""
    try:
        if "link" in request.POST:
            return _links(request, [_account(request, "link", listed)])
        if "links" in request.POST:
            return _links(request, [row.account for row in listed if row.may_open and row.account.last_login is None])
        if "off" in request.POST or "on" in request.POST:
            on = "on" in request.POST
            account = _account(request, "on" if on else "off")
            accounts.set_active(account, on=on, by=user)
            text = _("%s is active.") if on else _("%s is deactivated and can no longer sign in.")
            log(request, account, _("Activated.") if on else _("Deactivated."))
            messages.success(request, text % account)
        elif "reset" in request.POST:
            account = _account(request, "reset")
            second_factor.reset(account, by=user)
            messages.success(request, _("%s signs in without a second factor now, and can set up a new one.") % account)
        else:
            _save_roles(request, user, listed)
    except RefusedError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(request.get_full_path())


def _save_roles(request: HttpRequest, user: User, listed: Iterable[Row]) -> None:
    changed = []
    for row in listed:
        role = request.POST.get(f"role-{row.account.pk}")
        if row.may_change and row.role is not None and role in ("", *ROLES) and role != row.role:
            if accounts.set_role(row.account, role, by=user):
                messages.warning(request, accounts.CLOSED % row.account)
            log(request, row.account, _("Role: %s") % (role or _("none")))
            changed.append(row.account)
    text = ngettext("The role of %(n)d account was changed.", "The roles of %(n)d accounts were changed.", len(changed))
    messages.success(request, text % {"n": len(changed)})


def _account(request: HttpRequest, button: str, allowed: Iterable[Row] | None = None) -> User:
    account: User = get_object_or_404(User, pk=whole_number(request.POST[button], 0))
    if allowed is not None and not any(row.may_open for row in allowed if row.account == account):
        raise RefusedError(accounts.NOT_OPENABLE % account)
    return account


def _links(request: HttpRequest, users: Iterable[User], done: str = "") -> HttpResponse:
    """Show a sign-in link for each account, on the response itself: links are secrets and are not stored."""
    base = site_url(request)
    links = [(user, sign_in_links.sign_in_link(user, base)) for user in users]
    if links and not done:
        log(request, [user for user, _link in links], _("Created a sign-in link."))
    table = "\n".join(f"{user}\t{user.username}\t{user.email}\t{link}" for user, link in links)
    context = {"title": _("Sign-in links"), "done": done, "links": links, "table": table}
    return render_page(request, "admin/exams/people/sign_in_links.html", context)
