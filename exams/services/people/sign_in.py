"""Makes links that sign somebody in once, for servers without e-mail: no table, a token over what a sign-in changes."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from questions.models import User

SALT = "exams.sign_in"
LIFE = 24 * 3600  # seconds
ADMIN = "admin"


class NotAdministrator(Exception):
    """The account cannot get an administrator's link; the message says why and what to do."""


def sign_in_link(user: User, base_url: str) -> str:
    """The address that signs this user in: once, within 24 hours, and only until she signs in by any other way.

    Of `base_url` scheme, host and port count; a path prefix comes from PUBLIC_URL.
    """
    token = signing.dumps([user.pk, _state(user)], salt=SALT, compress=False)
    base = urlsplit(base_url)
    return f"{base.scheme}://{base.netloc}{reverse('sign_in_link', args=[token])}"


def _state(user: User) -> str:
    """What the link depends on: a sign-in changes the one, a new password the other."""
    return salted_hmac(SALT, f"{user.last_login}{user.password}", algorithm="sha256").hexdigest()[:32]


def user_of(token: str) -> User | None:
    """The active user whom this token still signs in, or None; nothing is used up."""
    try:
        pk, state = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and constant_time_compare(state, _state(user)) else None


def redeem(token: str, now: datetime) -> User | None:
    """Uses the token up and returns its user. Of two calls at once one gets the user, the other None."""
    user = user_of(token)
    if user is None:
        return None
    rows = User.objects.filter(pk=user.pk, is_active=True, last_login=user.last_login, password=user.password)
    if not rows.update(last_login=now):
        return None
    user.last_login = now
    return user


def admin_link(base_url: str, name: str = ADMIN) -> str:
    """A sign-in link for the administrator of this name, who is made if missing, without a password.

    Raises NotAdministrator when the name belongs to somebody else: whoever signed up under it must not be promoted.
    """
    user = User.objects.filter(username__iexact=name).first()
    if user is None:
        try:
            User(username=name).clean_fields(exclude=["password"])
        except ValidationError as error:
            raise NotAdministrator(" ".join(error.messages)) from error
        user = User.objects.create_superuser(name)
    if not user.is_superuser:
        raise NotAdministrator(
            _("The account %(name)s exists and is not an administrator. Choose another name.") % {"name": name}
        )
    if not user.is_active:
        raise NotAdministrator(
            _("The administrator %(name)s is deactivated. Choose another name.") % {"name": user.username}
        )
    return sign_in_link(user, base_url)


def administrator() -> str:
    """The name of the first active administrator; the usual name when there is none yet."""
    names = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").values_list("username", flat=True)
    return names.first() or ADMIN
