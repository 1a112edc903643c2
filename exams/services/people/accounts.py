"""Create accounts from a list, give them roles, and deactivate them; who may do this to whose account."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.services.people import usernames
from exams.services.people.pasted_lists import checked, email_fault, table, twice, with_family_name
from exams.services.people.staff_status import follow_roles, is_used
from questions.models import User
from questions.services.errors import RefusedError

NOT_OPENABLE = gettext_lazy(
    "Only a superuser can create a link for %s, because this account has or had a role, or acted as staff."
)
MAX_ACCOUNTS = 500  # of one list
NEWEST_ACCOUNTS = 200  # in which those without a sign-in are counted
CLOSED = gettext_lazy(
    "%s was used before it had a role. Others may know its password or be signed in there, so both have ended: a "
    "superuser creates a sign-in link for it."
)
NO_ROLE = ("", "candidate", "student", "none", "-", "–")
# The tables whose rows an account without a role has. Every other table that refers to accounts is about staff.
OF_CANDIDATES = {
    "exams.Candidate", "exams.DataFile", "account.EmailAddress", "questions.User_groups", "mfa.Authenticator",
}  # fmt: skip
COLUMNS = ("name", "email", "role")
_HEADS = {
    "name": "name", "full name": "name", "student": "name", "account": "name", "user": "name",
    "email": "email", "e-mail": "email", "mail": "email", "email address": "email",
    "role": "role", "group": "role",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewAccount:
    """One line of a list. `username` is what the person types to sign in, `role` "" for a candidate."""

    name: str
    username: str
    email: str = ""
    role: str = ""


def openable(user: User | AnonymousUser, accounts: Collection[User]) -> set[int]:
    """Return the keys of the accounts that a user may get into: by a link, a password or a new e-mail address.

    Into an account that has or had a role, or that did something as staff, only as a superuser: what somebody else did
    there would be recorded as done by its owner, who may be the reviewer of their questions. An account that nobody has
    used yet may have a role, so that it can be handed over, but none that may do more than the user. The own account is
    no exception: its name stands in records, and the pages of the account ask for its password.
    """
    if user.is_superuser:
        return {account.pk for account in accounts}
    named = named_as_staff([account.pk for account in accounts])
    stronger = {group.pk for group in _groups() if not _may_all(user, group)}

    def is_closed(account: User) -> bool:
        if account.is_superuser or account.pk in named or (account.had_role and is_used(account)):
            return True
        return any(group.pk in stronger for group in account.groups.all())

    return {account.pk for account in accounts if not is_closed(account)}


def may_open(user: User | AnonymousUser, account: User) -> bool:
    """Return whether a user may get into this account, see `openable`."""
    return account.pk in openable(user, [account])


def named_as_staff(accounts: Collection[int]) -> set[int]:
    """Return those whom any row names as its author, reviewer, owner or the like: all that is not a candidate's own."""
    if not accounts:
        return set()
    named = Q()
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.related_model._meta.label not in OF_CANDIDATES:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            named |= Q(Exists(rows))
    return set(User.objects.filter(named, pk__in=accounts).values_list("pk", flat=True))


def may_change(user: User | AnonymousUser, account: User | None) -> bool:
    """Return whether a user may change this account: those of superusers only as a superuser."""
    return user.is_superuser or not (account and account.is_superuser)


def read(text: str, roles: Sequence[str]) -> list[NewAccount]:
    """Return the accounts of a list with a line each: name, e-mail, role. Raise ListFaultsError with all faults.

    Who has an account already is a fault, so that a list that is sent twice creates nobody twice.
    """
    accounts: list[NewAccount] = []
    faults: list[str] = []
    names = set(User.objects.values_list(Lower("username"), flat=True))
    known = {name.lower() for name in User.objects.exclude(display_name="").values_list("display_name", flat=True)}
    by_name = {role.lower(): role for role in roles}
    lines: dict[str, int] = {}
    words = " ".join([*by_name, *NO_ROLE])
    for line, row in table(text, COLUMNS, _HEADS, lambda cells: _sorted_by_column(with_family_name(cells, words))):
        name = row.get("name", "")
        earlier = lines.setdefault(name.lower(), line)
        role = row.get("role", "").lower()
        if role not in (*NO_ROLE, *by_name):
            text_ = _("Line %(line)d: '%(role)s' is not a role. Use one of %(roles)s, or nothing for a candidate.")
            faults.append(text_ % {"line": line, "role": row["role"], "roles": ", ".join(roles)})
            continue
        if fault := _fault(row, line, earlier, names, known):
            faults.append(fault)
            continue
        username = _free_username(name, names)
        names.add(username)
        shown_name = "" if name.lower() == username else name
        accounts.append(NewAccount(shown_name, username, row.get("email", ""), by_name.get(role, "")))
    return checked(accounts, faults, MAX_ACCOUNTS, _("A list has at most %(most)d people. Make two of it."))


def _sorted_by_column(cells: list[str]) -> list[str]:
    """Return name, e-mail and role of a line that may leave the e-mail address out: 'Ana Silva, Author'."""
    if len(cells) == 2 and "@" not in cells[1]:
        return [cells[0], "", cells[1]]
    return cells


def _fault(row: dict[str, str], line: int, earlier: int, taken: Collection[str], names: Collection[str]) -> str:
    name, email = row.get("name", ""), row.get("email", "")
    values = {"line": line, "name": name}
    if not name:
        return _("Line %(line)d has no name.") % values
    if earlier != line:
        return twice(name, line, earlier)
    if name.lower() in names or name.lower() in taken:
        text = _("Line %(line)d: %(name)s has an account already. Leave the line out, or tell the two apart.")
        return text % values
    try:
        User(username="x", display_name=name).clean_fields(exclude=["password"])
        usernames.check_new(_username(name))
    except ValidationError:
        text = _(
            "Line %(line)d: no user name can be made of '%(name)s'. Use at most 150 letters and digits, of one script."
        )
        return text % values
    return email_fault(email, line) if email else ""


def _username(name: str) -> str:
    """Return a name to sign in with: 'Ana Silva' becomes ana.silva."""
    letters = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^\w+-]+", ".", usernames.normalized(plain)).strip(".")


def _free_username(name: str, taken: Collection[str]) -> str:
    base = _username(name)
    return next(free for n in count(1) if (free := base if n == 1 else f"{base}{n}") not in taken)


def create(accounts: Sequence[NewAccount], *, by: User) -> list[User]:
    """Store the accounts, without passwords: each is opened by a sign-in link. Return them as stored.

    Raise RefusedError for a role that may do more than the user.
    """
    groups = {group.name: group for group in _groups().filter(name__in={row.role for row in accounts})}
    for group in groups.values():
        require_rights(by, group)
    with transaction.atomic():
        users = User.objects.bulk_create(
            User(username=row.username, display_name=row.name, email=row.email, password=make_password(None))
            for row in accounts
        )
        membership = User.groups.through
        membership.objects.bulk_create(
            membership(user=user, group=groups[row.role]) for user, row in zip(users, accounts, strict=True) if row.role
        )
        follow_roles([user.pk for user in users])
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, primary=True) for user in users if user.email
        )
    return list(User.objects.filter(pk__in=[user.pk for user in users]).order_by("pk"))


def set_role(account: User, role: str, *, by: User) -> bool:
    """Give the account this role alone, or none with "". Raise RefusedError.

    Return whether this closed the account, see `staff_status.note_rights`.
    """
    _require(account, by)
    groups = list(Group.objects.filter(name=role)) if role else []
    for group in groups:
        require_rights(by, group)
    account.groups.set(groups)
    return not User.objects.filter(pk=account.pk, password=account.password).exists()


def require_rights(by: User, group: Group) -> None:
    """Raise RefusedError for a role that may do more than the user, who could give it to a second account."""
    if not _may_all(by, group):
        raise RefusedError(_("%s may do more than you may. Ask a superuser to give this role.") % group)


def _groups() -> QuerySet[Group]:
    return Group.objects.prefetch_related("permissions__content_type")


def _may_all(user: User | AnonymousUser, group: Group) -> bool:
    needed = group.permissions.all()
    return user.has_perms([f"{row.content_type.app_label}.{row.codename}" for row in needed])


def set_active(account: User, *, on: bool, by: User) -> None:
    """Activate the account, or deactivate it and end its sessions. Raise RefusedError."""
    _require(account, by)
    account.is_active = on
    account.save(update_fields=["is_active"])


def _require(account: User, by: User) -> None:
    if account.pk == by.pk:
        raise RefusedError(_("This is your own account. Ask another administrator to change it."))
    if not may_change(by, account):
        raise RefusedError(_("Only a superuser can change %s.") % account)


def count_unused() -> int:
    """Return how many of the newest accounts are active and wait for their first sign-in; all would be a long table."""
    newest = User.objects.order_by("-pk").values_list("is_active", "last_login")[:NEWEST_ACCOUNTS]
    return sum(is_active and last_login is None for is_active, last_login in newest)


def rename(account: User, username: str) -> None:
    """Store another name to sign in with, which was checked before."""
    if username != account.username:
        account.username = username
        account.save(update_fields=["username"])


@transaction.atomic
def update_profile(user: User, display_name: str, email: str) -> None:
    """Store name, as others see it, and address. Only the new one can then receive a link for a new password."""
    changed = email != user.email
    user.display_name, user.email = usernames.display_name(display_name), email
    user.save(update_fields=["display_name", "email"])
    if changed:
        store_address(user)


def store_address(user: User, *, confirmed: bool = False) -> None:
    """Make the address of the account the only one that allauth finds it by."""
    EmailAddress.objects.filter(user=user).delete()
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=confirmed)
