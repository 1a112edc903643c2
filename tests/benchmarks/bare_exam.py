"""The yardstick: the leanest exam in Django, without anything that makes one comfortable or fair.

Sessions, CSRF protection and users; a page with one question and a link to each of the others; an answer with one
guarded statement, which is a transaction of its own. gunicorn serves it beside the site that is measured, with the same
options, PostgreSQL and Valkey.
"""

import os
import random
from urllib.parse import urlsplit

from django.conf import settings

parts = urlsplit(os.environ["BARE_DATABASE_URL"])
SERVER = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "PASSWORD": parts.password}
DATABASE = {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "CONN_MAX_AGE": 600, **SERVER}
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["BARE_REDIS_URL"]}
QUESTION = """<!doctype html><title>Question {{ n }}</title><h1>Question {{ n }} of 65</h1>
<form method="post">{% csrf_token %}<p>{{ stem|safe }}</p>{% for option in options %}
<label><input type="radio" name="option" value="{{ forloop.counter0 }}"
  {% if forloop.counter0 == ticked %} checked{% endif %}>{{ option|safe }}</label>{% endfor %}
<input type="hidden" name="version" value="{{ version }}"><button>Save</button></form>
{% for position, answer in answers %}<a href="../{{ position }}/"{% if answer is not None %} class="done"{% endif %}>
{{ position }}</a>{% endfor %}"""
REVIEW = """<!doctype html><title>Review</title><h1>{{ score }} of 65</h1>{% for row in rows %}
<h2>{{ row.0 }}</h2>{{ row.1|safe }}<ol>{% for option in row.2 %}<li>{{ option|safe }}</li>{% endfor %}</ol>
<p>{{ row.3 }} {{ row.4 }}</p>{% endfor %}"""
settings.configure(
    SECRET_KEY="only-for-the-benchmark-of-a-bare-exam",
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": DATABASE},
    CACHES={"default": REDIS},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",  # the length of a response, so that connections persist
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.cached_db",
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [("django.template.loaders.locmem.Loader", {"question": QUESTION, "review": REVIEW})]
            },
        }
    ],
)

from django.core.wsgi import get_wsgi_application  # noqa: E402  (Django reads the settings first)

application = get_wsgi_application()
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402

# The responses are laid out at the start, so that the conflict is the rule.
GUARDED_SAVE = """INSERT INTO response (attempt_id, position, ticked)
SELECT id, %s, %s FROM attempt WHERE id = %s AND owner = %s AND is_open AND deadline > now()
ON CONFLICT (attempt_id, position) DO UPDATE SET ticked = excluded.ticked, version = response.version + 1
WHERE response.version = %s"""


class Attempt(models.Model):  # noqa: DJ008
    owner = models.IntegerField()

    class Meta:
        app_label, db_table = "bare", "attempt"


class Question(models.Model):  # noqa: DJ008
    stem = models.TextField()
    options = models.JSONField()

    class Meta:
        app_label, db_table = "bare", "question"


class Response(models.Model):  # noqa: DJ008
    pk = models.CompositePrimaryKey("attempt_id", "position")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE)
    position = models.IntegerField()
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    ticked = models.IntegerField(null=True)
    version = models.IntegerField()

    class Meta:
        app_label, db_table = "bare", "response"


def query(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def sign_in(request: HttpRequest, user: int) -> HttpResponse:
    request.session["owner"] = user
    return HttpResponse("ok")


def start(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        [(attempt,)] = query(
            "INSERT INTO attempt (owner, deadline) VALUES (%s, now() + interval '3 hours') RETURNING id",
            request.session["owner"],
        )
        drawn = random.sample(range(1, 601), 65)
        query(
            "INSERT INTO response (attempt_id, position, question_id) SELECT %s, n, q FROM "
            "unnest(%s::int[]) WITH ORDINALITY AS drawn (q, n)",
            attempt,
            drawn,
        )
    return HttpResponseRedirect(f"/{attempt}/1/")


def question(request: HttpRequest, attempt: int, n: int) -> HttpResponse:
    owner = request.session["owner"]
    if request.method == "POST":
        option, version = (int(request.POST[name]) for name in ("option", "version"))
        [(count,)] = query(GUARDED_SAVE, n, option, attempt, owner, version)
        return HttpResponse(status=204 if count else 409)
    own = Attempt.objects.get(pk=attempt, owner=owner)
    rows = Response.objects.filter(attempt=own).order_by("position")
    answers = list(rows.values_list("position", "ticked", "version", "question"))
    _position, ticked, version, key = answers[n - 1]
    asked = Question.objects.get(pk=key)
    context = {"n": n, "stem": asked.stem, "options": asked.options, "ticked": ticked, "version": version}
    return render(request, "question", {**context, "answers": [row[:2] for row in answers]})


def submit(request: HttpRequest, attempt: int) -> HttpResponse:
    query(
        "UPDATE attempt SET is_open = false, score = (SELECT count(*) FROM response JOIN question ON "
        "question.id = question_id WHERE attempt_id = attempt.id AND ticked = key) WHERE id = %s AND owner = %s",
        *(attempt, request.session["owner"]),
    )
    return HttpResponseRedirect(f"/{attempt}/review/")


def review(request: HttpRequest, attempt: int) -> HttpResponse:
    [(score,)] = query("SELECT score FROM attempt WHERE id = %s AND owner = %s", attempt, request.session["owner"])
    rows = query(
        "SELECT position, stem, options, ticked, key FROM response JOIN question ON question.id = question_id "
        "WHERE attempt_id = %s ORDER BY position",
        attempt,
    )
    return render(request, "review", {"score": score, "rows": rows})


urlpatterns = [
    path("sign-in/<int:user>/", sign_in),
    path("start/", start),
    path("<int:attempt>/<int:n>/", question),
    path("<int:attempt>/submit/", submit),
    path("<int:attempt>/review/", review),
]
