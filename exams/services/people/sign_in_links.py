"""Create one-time sign-in links, for servers without e-mail. A token signs what a sign-in changes, and the rights."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from exams.services.people import usernames
from exams.services.people.staff_status import end_password, is_used
from questions.models import User

TOKEN_SALT = "exams.sign_in"
TOKEN_SECONDS = 24 * 3600
DEFAULT_ADMIN_NAME = "admin"


class NotAdministratorError(Exception):
    """The account cannot get an administrator link. The message contains the reason and what to do."""


def sign_in_link(user: User, base_url: str) -> str:
    """Return a URL that signs this user in once, within 24 hours, and only until the next sign-in.

    Scheme, host and port come from `base_url`, a path prefix from PUBLIC_URL.
    """
    token = signing.dumps([user.pk, _state(user)], salt=TOKEN_SALT, compress=False)
    base = urlsplit(base_url)
    return f"{base.scheme}://{base.netloc}{reverse('sign_in_link', args=[token])}"


def _state(user: User) -> str:
    """Return a digest of the last sign-in, the password and the rights: a change of one of them ends the link."""
    text = f"{user.last_login}{user.password}{rights(user)}"
    return salted_hmac(TOKEN_SALT, text, algorithm="sha256").hexdigest()[:32]


def rights(user: User) -> str:
    """Return what the account may do, as a text for tokens: who gets into it by a link gets no more than this."""
    groups = user.groups.order_by("pk").values_list("pk", flat=True)
    permissions = user.user_permissions.order_by("pk").values_list("pk", flat=True)
    return f"{user.is_superuser}{user.had_role}{list(groups)}{list(permissions)}"


def user_for_token(token: str) -> User | None:
    """Return the active user of a valid token, or None. The token stays valid."""
    try:
        pk, state = signing.loads(token, salt=TOKEN_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and constant_time_compare(state, _state(user)) else None


def redeem(token: str, now: datetime) -> User | None:
    """Use up the token and return its user. Of two concurrent calls, one returns None."""
    user = user_for_token(token)
    if user is None:
        return None
    ends_rest = ends_password(user)
    rows = User.objects.filter(pk=user.pk, is_active=True, last_login=user.last_login, password=user.password)
    if not rows.update(last_login=now):
        return None
    user.last_login = now
    if ends_rest:
        end_password(user)
    return user


def ends_password(user: User) -> bool:
    """Return whether a link ends the password and all sessions: people who used an account of staff before are out.

    Only a superuser creates such a link, for a person who cannot get in. Superusers have theirs from the server.
    """
    return user.had_role and not user.is_superuser and is_used(user)


def admin_link(base_url: str, name: str = DEFAULT_ADMIN_NAME) -> str:
    """Return a sign-in link for this administrator. Create the account, without a password, if it is missing.

    Raise NotAdministratorError for an existing account without superuser status: it must not be promoted.
    """
    user = User.objects.filter(username__iexact=name).first()
    if user is None:
        try:
            usernames.check_new(name)
        except ValidationError as error:
            raise NotAdministratorError(" ".join(error.messages)) from error
        user = User.objects.create_superuser(name)
    if not user.is_superuser:
        raise NotAdministratorError(
            _("The account %(name)s exists and is not an administrator. Choose another name.") % {"name": name}
        )
    if not user.is_active:
        raise NotAdministratorError(
            _("The administrator %(name)s is deactivated. Choose another name.") % {"name": user.username}
        )
    return sign_in_link(user, base_url)


def administrator_name() -> str:
    """Return the name of the first active administrator, or the default name."""
    names = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").values_list("username", flat=True)
    return names.first() or DEFAULT_ADMIN_NAME
