"""All settings of mlsprep, read from the environment; README.md lists every variable."""

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.functional import lazy

from mlsprep import error_reports

BASE_DIR = Path(__file__).resolve().parent.parent


def env_choice(name: str, default: str, *allowed: str) -> str:
    """Return the value of an environment variable that can be one of a few words."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}. Use {' or '.join(allowed)}.")
    return value


def env_number(name: str, default: int) -> int:
    """Return the value of an environment variable as a whole number >= 0."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}. Use a whole number, 0 or more.")
    return int(value)


def env_list(name: str) -> list[str]:
    """Return the comma-separated values of an environment variable."""
    return [value.strip() for value in os.environ.get(name, "").split(",") if value.strip()]


def env_networks(name: str) -> dict[IPv4Network | IPv6Network, int]:
    """Return the networks of an environment variable, each with a whole number >= 1."""
    networks = {}
    for value in env_list(name):
        network, _equals, times = value.partition("=")
        try:
            networks[ip_network(network.strip())] = int(times)
        except ValueError:
            times = ""
        if not times or int(times) < 1:
            example = "203.0.113.0/24=50, 2001:db8::/48=20"
            raise ImproperlyConfigured(f"{name} has {value!r}. Say for each network how many times as much: {example}.")
    return networks


def env_time_zone(name: str, default: str) -> str:
    """Return the name of a time zone from an environment variable."""
    value = os.environ.get(name, "").strip() or default
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError) as error:  # unknown; not a valid key; a directory of zones
        raise ImproperlyConfigured(
            f"{name} is {value!r}, which is not a time zone. Use a name such as Europe/Berlin or UTC."
        ) from error
    return value


def parse_url(
    name: str, value: str, example: str, *schemes: str, needs_host: bool = True, path: str = ".*"
) -> SplitResult:
    """Return the parts of a URL whose path matches the regular expression `path`.

    The error message does not repeat the value, which may contain a password.
    """
    try:
        parts = urlsplit(value)
        _ = parts.port  # an invalid port raises ValueError only when it is read
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in schemes or (needs_host and not parts.hostname) or not re.fullmatch(path, parts.path):
        raise ImproperlyConfigured(f"{name} is not a valid URL. It must look like {example}.")
    return parts


# Where data is stored, and the two servers that a large installation adds.
DATA_DIR = Path(os.environ.get("MLSPREP_DATA_DIR") or BASE_DIR / "var").resolve()
DATABASE_URL = os.environ.get("DATABASE_URL", "")
WEB_CONCURRENCY = env_number("WEB_CONCURRENCY", 1)  # read by gunicorn itself
REDIS_URL = os.environ.get("REDIS_URL", "")
DEBUG = env_choice("DEBUG", "off", "on", "off") == "on"
# A server for others says so: then it does not start with the settings of a laptop.
PRODUCTION = env_choice("MLSPREP_ENV", "laptop", "laptop", "production") == "production"
if PRODUCTION and not DATABASE_URL:
    raise ImproperlyConfigured("MLSPREP_ENV is production, but DATABASE_URL is missing. Is the file of settings read?")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("MLSPREP_ENV is production, but DEBUG is on, which shows settings to everybody.")


def secret_key() -> str:
    """Return SECRET_KEY or, on a laptop, the key in the data directory, which is created on first use."""
    sample = "change-me"
    if key := os.environ.get("SECRET_KEY", ""):
        if key.startswith(sample) or len(key) < 32:
            raise ImproperlyConfigured(
                "SECRET_KEY is the sample or shorter than 32 characters. "
                "Create one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return key
    if DATABASE_URL:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. With DATABASE_URL, every process needs the same one. "
            "Create one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    path = DATA_DIR / "secret-key"
    try:
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it has sessions and password hashes
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except OSError as error:
        if not path.is_file():  # it may exist, or another process has just created it
            raise ImproperlyConfigured(f"Cannot write to {DATA_DIR} (MLSPREP_DATA_DIR): {error}.") from error
    return path.read_text().strip()


SECRET_KEY = secret_key()

# The URL that people open sets allowed hosts, origins, cookies and the path prefix.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "").rstrip("/")
public_url = urlsplit("")
if PUBLIC_URL:
    public_url = parse_url("PUBLIC_URL", PUBLIC_URL, "https://exams.example.org", "http", "https")
HTTPS = public_url.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env_list("ALLOWED_HOSTS")]
if public_url.hostname:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, public_url.hostname]
    CSRF_TRUSTED_ORIGINS = [f"{public_url.scheme}://{public_url.netloc}"]
PATH_PREFIX = public_url.path
if PATH_PREFIX:
    FORCE_SCRIPT_NAME = PATH_PREFIX
    SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = PATH_PREFIX
TRUSTED_PROXIES = env_number("TRUSTED_PROXIES", 0)  # the number of proxies that set X-Forwarded-*
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# What this installation offers.
DISPLAY_TZ = env_time_zone("DISPLAY_TZ", "UTC")
GUESTS = env_choice("GUESTS", "on", "on", "off") == "on"
GUEST_DAYS = env_number("GUEST_DAYS", 400)
ACCOUNT_DAYS = env_number("ACCOUNT_DAYS", 0)
if 0 < ACCOUNT_DAYS < 90:  # a sign-in lasts 60 days, and the notice comes 30 days before
    raise ImproperlyConfigured("ACCOUNT_DAYS is 90 or more, or 0: no account is erased for being idle.")
SIGNUP = env_choice("SIGNUP", "open", "open", "closed") == "open"
# How many of one network address in a minute. A university behind one address needs thousands.
LIMIT_GUESTS = env_number("LIMIT_GUESTS", 100)  # new guests
LIMIT_SIGN_INS = env_number("LIMIT_SIGN_INS", 100)  # checked passwords and new accounts, each
if not (LIMIT_GUESTS and LIMIT_SIGN_INS):
    raise ImproperlyConfigured("LIMIT_GUESTS and LIMIT_SIGN_INS are 1 or more: 0 would let nobody in.")
LIMIT_STARTS = env_number("LIMIT_STARTS", 30)  # exams and practices of a candidate in an hour; 0: no limit
LIMIT_JOINS = env_number("LIMIT_JOINS", 120)  # guests from one network in an exam of a class, in a day; 0: no limit
LIMIT_EXCEPTIONS = env_networks("LIMIT_EXCEPTIONS")  # how many times as much a network may do, of all limits by address
SELF_ALLOWANCE = env_choice("SELF_ALLOWANCE", "on", "on", "off") == "on"
SELF_APPROVAL = env_choice("SELF_APPROVAL", "off", "on", "off") == "on"
# What becomes of exams whose deadline fell into an outage. On a laptop, a closed lid is the candidate's own act.
OUTAGES = env_choice("OUTAGES", "ask" if DATABASE_URL else "close", "ask", "give-back", "close")
STAFF_MFA_REQUIRED = env_choice("STAFF_MFA", "optional", "required", "optional") == "required"
SITE_NAME = os.environ.get("SITE_NAME", "").strip() or "mlsprep"
SITE_LOGO = os.environ.get("SITE_LOGO", "").strip()  # the path of a picture
OPERATOR_CONTACT = os.environ.get("OPERATOR_CONTACT", "")
BANKS_DIR = BASE_DIR / "questions" / "bank"
BLUEPRINT_DIR = BASE_DIR / "questions" / "blueprints"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "questions",
    "exams",
    "mlsprep",
]

MIDDLEWARE = [
    "exams.overload.LoadMiddleware",
    "mlsprep.logs.RequestIdMiddleware",
    "mlsprep.metrics.MetricsMiddleware",
    "mlsprep.health.AnyHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "mlsprep.body_limits.BodyLimitMiddleware",  # before anything that reads the body
    "mlsprep.request_text.RequestTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mlsprep.crowds.CrowdMiddleware",  # before anything that reads the database
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "exams.sessions.SessionMiddleware",
    "exams.second_factor.SecondFactorMiddleware",
    "exams.zone_of_pages.ReaderZoneMiddleware",
    "mlsprep.password_checks.PasswordChecksMiddleware",
    "mlsprep.refusals.RefusalMiddleware",
]

DATA_UPLOAD_MAX_NUMBER_FILES = 2  # a page takes one; each can fill FILE_UPLOAD_MAX_MEMORY_SIZE

ROOT_URLCONF = "mlsprep.urls"
WSGI_APPLICATION = "mlsprep.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["mlsprep.templates.UnindentedLoader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "exams.sign_in.site_settings",
                "exams.theme.context",
                "exams.access.browser_owners",
                "exams.chosen_exam.context",
                "exams.admin.site.header_links.header_links",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for postgresql://user:password@host:port/name?sslmode=…, or for SQLite without a URL.

    The SQLite options allow many concurrent writers on one laptop: with Django's defaults, 257 of 320 concurrent
    writes failed with "database is locked"; with these options, none did. `synchronous=FULL` makes an acknowledged
    answer survive a power cut, for 4 ms a save.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "mlsprep.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    example = "postgresql://user:password@host:5432/name"
    parts = parse_url("DATABASE_URL", url, example, "postgres", "postgresql", needs_host=False, path="/.+")
    if parts.password == "change-me":
        raise ImproperlyConfigured("The password in DATABASE_URL is the sample, change-me. Set that of the database.")
    return {
        "ENGINE": "mlsprep.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **dict(parse_qsl(parts.query))},
    }


DATABASES = {"default": database(DATABASE_URL)}
MIN_FREE_BYTES = 64_000_000  # on the disk of SQLite; below it, no new exam starts
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What strangers can do again and again is counted apart from what they can fill (exams/rate_limits.py).
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "counters": {"BACKEND": "mlsprep.counter_memory.CounterMemory"},
}
if REDIS_URL:
    # Not in the broker's database: emptying the cache must not empty the queue.
    redis_url = parse_url("REDIS_URL", REDIS_URL, "redis://host:6379/0", "redis", "rediss", path="/?[0-9]*")
    cache_database = int(redis_url.path.strip("/") or 0) + 1
    redis_cache: dict[str, Any] = {
        "LOCATION": redis_url._replace(path=f"/{cache_database}").geturl(),
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
    # Sessions are in it, too: never in the memory of one process, since another one may have ended the session.
    CACHES["default"] = {"BACKEND": "mlsprep.cache.ForgivingRedisCache", **redis_cache}
    CACHES["counters"] = {"BACKEND": "mlsprep.cache.CountingCache", **redis_cache}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 400 * 86400  # guests, who are known by their browser only
USER_SESSION_AGE = 60 * 86400  # exams/sessions.py extends both while they are used
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the room's script reads it, since sign-in in another tab changes it
CSRF_FAILURE_VIEW = "exams.views.site.csrf_failure.csrf_failure"

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],  # the room, whose reload works without a connection
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False  # the operator decides on these for the whole domain
# Without a proxy that marks HTTPS requests, every request looks like HTTP, and redirects would never end.
SECURE_SSL_REDIRECT = HTTPS and TRUSTED_PROXIES > 0
# Requested directly, not through the HTTPS proxy, with or without the path prefix.
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(PATH_PREFIX.lstrip('/'))}/)?(healthz|readyz|metrics)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Accounts have a name and a password; e-mail is optional, and no mail server is needed.
AUTH_USER_MODEL = "questions.User"
AUTHENTICATION_BACKENDS = [
    "exams.sign_in.AccountBackend",
    "django.contrib.auth.backends.ModelBackend",  # named by sessions from before an upgrade; checks no password
    "allauth.account.auth_backends.AuthenticationBackend",  # the same
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_HASHERS = ["mlsprep.password_checks.PasswordHasher"]  # algorithm and hashes are Django's
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "front"
ACCOUNT_LOGOUT_REDIRECT_URL = "front"
ACCOUNT_ADAPTER = "exams.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = USER_SESSION_AGE
ACCOUNT_FORMS = {"reset_password": "exams.password_reset.PasswordResetForm"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "exams.sign_in.ResetTokens"
# The defaults would lock out a school whose computers share one address. A key is a name with an address: whoever types
# wrong passwords locks the name for the own address, see exams/sign_in.py.
ACCOUNT_RATE_LIMITS = {
    "signup": f"{LIMIT_SIGN_INS}/m/ip",
    "login": None,  # allauth would count empty forms, too
    "sign_in": f"{LIMIT_SIGN_INS}/m/ip",
    "login_failed": "5/300s/key,100/m/ip",  # in this order: what a name has too many of is not counted for the address
    "login_failed_by_name": "50/h/key",  # from all addresses, for browsers that do not know the account
    "login_failed_by_address": "30/m/ip",  # an e-mail address costs as much as three names
    "reset_password": "20/m/ip,5/m/key",
    "reset_mail_to": "5/h/key,10/d/key,300/d/ip",  # its mails to an address and from a network
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "100/m/ip",  # by default for the account: other sessions would use up the owner's attempts
    "confirmation": "10/m/key",  # passwords of an account that is signed in, right ones too: each costs as much
    "reminder_confirmation": "3/h/key",  # mails of an account to an address that its owner has not confirmed
    "reminder_confirmation_to": "3/h/key,5/d/key,20/m/ip",  # the same of all accounts, for an address and a network
    "wrong_factor": "5/300s/key",  # codes and passkeys, for an account and an address, a known browser or a session
    "wrong_factor_by_account": "50/h/key",  # from all addresses, for browsers that do not know the account
    # Wrong codes of a browser, none of an address, which a whole class can have: among 2^60 codes, 1,000 guesses a
    # second find one of a million guests in 37 years.
    "guest_code": "10/m/key",
    # Wrong codes of classes, for a browser. There are 20^6, 64 million: all guesses of one address find that of an exam
    # with a probability of 2 % a day. Browsers that are known for a day have some more, when the address has no more:
    # 7 % with as many accounts as an address can make.
    "class_code": "100/m/key,1000/m/ip",
    "known_class_code": "20/h/key",
    "class_guest": f"{max(600, LIMIT_GUESTS)}/m/ip",  # new guests in an exam of a class, whose code they know
    "class_join": f"{LIMIT_JOINS}/d/key" if LIMIT_JOINS else None,  # guests of a class and a network
    "known_class_join": "2/d/key",  # guests of a class in a browser that is known: an account or a guest joins once
    "guest_report": "200/d/key",  # of a network: people read them, and a guest alone has 30
    "calendar": "10/m/key",  # requests of a feed: programs ask every few hours
    "certificate": "10/m/key",  # files of a certificate: half a second each under a new address of the site
    "flash_cards": "10/m/key",  # files of a candidate, each as costly as ten pages
    "guest_start": f"{LIMIT_GUESTS}/m/ip",  # new guests; a school class of 60 starts at once
}


def rate_by_network(name: str, rate: str) -> Any:
    """Return a rate that is read in each request: LIMIT_EXCEPTIONS multiplies it for some networks."""

    def read() -> str:
        from exams import rate_limits  # which needs these settings

        return rate_limits.raised(name, rate)

    return lazy(read, str)()


if LIMIT_EXCEPTIONS:
    ACCOUNT_RATE_LIMITS = {name: rate and rate_by_network(name, rate) for name, rate in ACCOUNT_RATE_LIMITS.items()}
ACCOUNT_UNIQUE_EMAIL = False  # sign-up must not reveal which addresses are known; people sign in by name
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# A second factor is a choice of each account; see STAFF_MFA.
MFA_ADAPTER = "exams.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "exams.second_factor.SignInCodeForm",
    "reauthenticate": "exams.second_factor.ConfirmCodeForm",
    "authenticate_webauthn": "exams.second_factor.SignInPasskeyForm",
    "reauthenticate_webauthn": "exams.second_factor.ConfirmPasskeyForm",
    "add_webauthn": "exams.second_factor.NewPasskeyForm",
}
MFA_TOTP_ISSUER = public_url.hostname or "mlsprep"
MFA_TOTP_TOLERANCE = 1  # half minutes before and after, for clocks that differ
MFA_ALLOW_UNVERIFIED_EMAIL = True  # no address is verified here, and none replaces a second factor


def mailer(url: str) -> dict[str, Any]:
    """Return Django's mailer for smtps:// (TLS), smtp:// (STARTTLS) or smtp+plain://, or one that sends nothing.

    The last one is for a relay on the own host or network that speaks no TLS.
    """
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = parse_url("EMAIL_URL", url, "smtps://user:password@mail.example.org:465", "smtp", "smtps", "smtp+plain")
    ports = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or ports[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp",
            "timeout": 10,  # seconds; without one a silent mail server would hold the request or the job for good
        },
    }


EMAIL_URL = os.environ.get("EMAIL_URL", "")
MAILERS = {"default": mailer(EMAIL_URL)}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "").strip() or (
    f"mlsprep@{public_url.hostname or 'localhost'}"
)
SILENCED_SYSTEM_CHECKS = [
    "mail.E001",  # a mail server is optional: without one, pages name the person to ask
    "security.W005",  # HSTS for subdomains concerns the operator's whole domain
    "security.W021",  # so does HSTS preload
]

# Celery: the database holds the state; a message only triggers work that is recorded there.
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 300, "socket_keepalive": True} if REDIS_URL else {"polling_interval": 0.05}
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 30
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

TIME_ZONE = DISPLAY_TZ  # for pages only; the database, exports, logs and Celery use UTC
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = True
FORMAT_MODULE_PATH = "mlsprep.formats"

STATIC_URL = f"{PATH_PREFIX}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "staticfiles").resolve()
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()  # nothing is collected on a laptop
WHITENOISE_MAX_AGE = 3600  # of names without a hash; those with one never change
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mlsprep.static_names.HashedNames"},
}

# Who measures: /metrics for requests with the token, and errors to Sentry, without answers and names.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "").strip()
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN is shorter than 20 characters, so it could be guessed.")
SENTRY_DSN = os.environ.get("SENTRY_DSN", "").strip()
if SENTRY_DSN:
    error_reports.start(SENTRY_DSN)

LOG_FORMAT = env_choice("LOG_FORMAT", "text", "text", "json")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "mlsprep.logs.LineFormatter",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "mlsprep.logs.JSONFormatter"},
    },
    "filters": {
        "outages": {"()": "mlsprep.outages.OutageFilter"},
        "refusals": {"()": "mlsprep.logs.RefusalFilter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["outages", "refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "exams": {"level": "INFO"},
        "questions": {"level": "INFO"},
        "mlsprep": {"level": "INFO"},
        "gunicorn": {"level": "INFO"},
        "celery": {"level": "INFO"},
        "django.security.DisallowedHost": {"level": "ERROR"},
    },
}
