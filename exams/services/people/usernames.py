"""Decide which names accounts may have: no address, no letters that imitate another name, none that nobody sees."""

import re
import unicodedata
from itertools import islice
from typing import Any

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, Exists, OuterRef, Q, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from exams.services.people.confirmed_addresses import has_confirmed_address
from questions.models import User

# The scripts of one language, by the first words of the names of their letters in Unicode.
_TOGETHER = ({"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
MAX_NAMED = 3  # accounts that one typed address can mean: each costs the check of a password
# Words with which a name would speak for the house; the letters that are written for others in them.
_RESERVED = {
    "admin", "administrator", "instructor", "mlsprep", "moderator", "operator", "root", "security", "staff",
    "superuser", "support", "system", "webmaster",
}  # fmt: skip
_LOOKALIKES = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "0": "o", "1": "i", "l": "i", "3": "e", "5": "s"})
# A mail that names the account would have a link: programs make one of each text that ends like a host.
_ENDINGS = "app|biz|co|com|dev|example|info|io|link|net|online|org|page|shop|site|xyz"
_COUNTRIES = (
    "a[cdefgilmoqrstuwxz]|b[abdefghijmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[cegrstu]|f[ijkmor]|"
    "g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|m[acdeghklmnopqrstuvwxyz]|"
    "n[acefgilopruz]|om|p[aefghklmnrstwy]|qa|r[eosuw]|s[abcdeghijklmnorstuvxyz]|t[cdfghjklmnortvwz]|u[agksyz]|"
    "v[aceginu]|w[fs]|y[et]|z[amw]"
)
_HOST = re.compile(
    rf"(?:\b|_)(?:www\.|https?(?![a-z]))|(?:\.(?:{_ENDINGS})|[^.]\.[^.]+\.(?:{_COUNTRIES}))[.-]*(?:[+_]|$)"
)
MAX_MAILED = 20  # accounts that a mail for a new password names
NEWEST_MAILED = 10  # of these, if the address has more: those that signed up last
# Fillers of Hangul, the only letters that nobody sees, a braille pattern without dots, and control characters.
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\u115f\u1160\u2800\u3164\uffa0]")
# What Unicode calls Default_Ignorable_Code_Point, as far as it is neither blank nor of the category Cf.
_IGNORABLE = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\u2065\ufe00-\ufe0f\ufff0-\ufff8\U000e0000-\U000e0fff]")
_UNSEEN = {"Cf", "Cn", "Cs"}  # format characters, those that Unicode has not assigned or never will, half pairs


def normalized(name: str) -> str:
    """Return a name in lower case and in NFKC, the one form of equal letters: full-width ones become plain."""
    return unicodedata.normalize("NFKC", name.lower())


def check_new(name: str) -> None:
    """Raise ValidationError for a name that a new account must not have. Accounts of before keep theirs."""
    User._meta.get_field("username").clean(name, None)
    if "@" in name:
        raise ValidationError(_("A name contains no @: it would look like the e-mail address of somebody."))
    scripts = {_script(letter) for letter in name if letter.isalpha() or not letter.isascii()}
    if not _is_of_one_language(scripts) or _BLANK.search(name):
        raise ValidationError(_("A name has letters of one script only: those of several can look like another name."))


def check_chosen(name: str) -> None:
    """Raise ValidationError for a name that staff may give, but that nobody chooses at a sign-up."""
    if _shape(name) in _SHAPES:
        raise ValidationError(_("This name is reserved. Choose another name."))
    if _HOST.search(name):
        raise ValidationError(_("A name looks like no web address: no www or http, and no ending such as .com."))


def _shape(name: str) -> str:
    """Return the letters of a name without accents, with the same letter for those that look alike."""
    letters = unicodedata.normalize("NFKD", name.casefold()).translate(_LOOKALIKES)
    return "".join(filter(str.isalpha, letters))


_SHAPES = set(map(_shape, _RESERVED))


def accounts_named(typed: str) -> list[User]:
    """Return the accounts that a typed name can open: the one of this name, and those of this e-mail address.

    They are MAX_NAMED in all.
    """
    of_name = list(User.objects.filter(username__iexact=typed))
    exact = [account for account in of_name if account.username == typed]
    accounts = exact or (of_name if len(of_name) == 1 else [])
    if "@" in typed:
        accounts += [account for account in accounts_of_address(typed, MAX_NAMED) if account not in accounts]
    return accounts[:MAX_NAMED]


def accounts_of_address(email: str, most: int) -> list[User]:
    """Return the active accounts with this e-mail address, at most so many.

    Anybody can sign up with the address of somebody else, as often and as early as they like. So the accounts come
    first whose owner has used a link that was mailed there, then those that staff made, then the oldest. Databases take
    some letters for one in any case that are two, and a mail to the wrong one would reach somebody else.
    """
    created = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User),
        object_id=Cast(OuterRef("pk"), CharField()),
        action_flag=ADDITION,
    )
    rank = Case(When(has_confirmed_address(), then=0), When(Q(had_role=True) | Exists(created), then=1), default=2)
    return _first_of_address(email, most, rank, "pk")


def accounts_to_mail(email: str) -> tuple[list[User], bool]:
    """Return the accounts that a mail for a new password names, and whether the address has more.

    Then the newest ones are among them: others may have signed up with the address before its owner, again and again.
    """
    first = accounts_of_address(email, MAX_MAILED + 1)
    if len(first) <= MAX_MAILED:
        return first, False
    named = first[: MAX_MAILED - NEWEST_MAILED]
    newest = [account for account in _first_of_address(email, MAX_MAILED, "-pk") if account not in named]
    return [*named, *newest[:NEWEST_MAILED]], True


def _first_of_address(email: str, most: int, *order: Any) -> list[User]:
    rows = User.objects.filter(email__iexact=email, is_active=True).order_by(*order)
    fitting = (account for account in rows.iterator() if account.email.casefold() == email.casefold())
    return list(islice(fitting, most))


def mailbox(email: str) -> str:
    """Return the same text for all addresses that lead into one mailbox: the case and what follows a + are ignored.

    So are the periods of a name at Gmail, which has two domains.
    """
    local, _at, domain = email.casefold().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_first_of_mailbox(account: User) -> bool:
    """Return whether no older active account has an address that leads into the same mailbox."""
    own = mailbox(account.email)
    older = User.objects.filter(pk__lt=account.pk, is_active=True, email__istartswith=own[0])
    return all(mailbox(email) != own for email in older.values_list("email", flat=True).iterator())


def visible(name: str) -> str:
    """Return a name that is shown to others, without needless spaces and characters that nobody sees.

    With them, two people could have names that look alike, and a mark of direction turns the line of a table around.
    Letters are one character each, however they were typed, and those of mathematics and of full width become plain.
    """
    name = unicodedata.normalize("NFKC", name)
    name = _IGNORABLE.sub("", _BLANK.sub(" ", name))
    return " ".join("".join(letter for letter in name if unicodedata.category(letter) not in _UNSEEN).split())


def display_name(typed: str) -> str:
    """Return what others see of the name of an account; "" if that names nobody, so that they see its username."""
    name = visible(typed)
    return name if has_letters(name) else ""


def has_mixed_words(name: str) -> bool:
    """Return whether a word of a name has letters of several scripts, which can look like another name."""
    words = ({_script(letter) for letter in word if letter.isalpha()} for word in re.split(r"[\W\d_]+", name))
    return not all(map(_is_of_one_language, words))


def has_letters(name: str) -> bool:
    """Return whether there is a letter or a digit in a name of what others see: dots and accents alone name nobody."""
    return any(map(str.isalnum, name))


def _script(letter: str) -> str:
    return re.split("[ -]", unicodedata.name(letter, ""))[0]


def _is_of_one_language(scripts: set[str]) -> bool:
    return len(scripts) < 2 or any(scripts <= together for together in _TOGETHER)
