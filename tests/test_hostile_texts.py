"""Test that no text which somebody types, pastes or uploads keeps the server busy: forty texts, in every field.

These tests measure times, which others don't: what they look for is time. What reads and cleans texts gets all of them,
the forms around it the worst. Where a text takes long enough to measure, half of it must take about half as long.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from typing import Any

import pytest
from allauth.core import context
from django import forms
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import caches
from django.core.validators import MaxLengthValidator
from django.forms import modelform_factory
from django.http import QueryDict
from django.test import RequestFactory

import mlsprep.urls  # noqa: F401  (imports all forms)
from exams import second_factor, sign_in
from exams.admin.blueprints.blueprint_form import BlueprintForm
from exams.admin.blueprints.exam_form import FaultFields
from exams.admin.blueprints.exam_settings import SettingsForm as ExamSettingsForm
from exams.admin.blueprints.exam_settings import SwitchesForm
from exams.admin.blueprints.own_exams import OwnExamForm
from exams.admin.classes.sitting_form import SittingForm
from exams.admin.people.accounts import rows
from exams.admin.people.person import PersonForm
from exams.admin.people.users import AccountForm, NewAccountForm
from exams.roles import ROLES
from exams.services.classes import rosters
from exams.services.people import accounts
from exams.services.people.pasted_lists import ListFaultsError
from exams.services.practice.filters import FilterError, Filters
from exams.views.attempt import answer
from exams.views.people.account import ProfileForm
from exams.views.people.sign_out import ConfirmPasswordForm
from questions.admin.editor.question_fields import (
    MAX_OPTION_CHARS,
    MAX_TEXT_CHARS,
    QuestionForm,
)
from questions.admin.imports.forms import FileForm, SettingsForm
from questions.content import exam_yaml, markdown, prose
from questions.content.differences import changed_parts, is_same_question, word_changes
from questions.content.fingerprint import fingerprint
from questions.content.html_diff import mark_changes
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import OptionContent, QuestionContent
from questions.content.suggestions import question_words
from questions.content.syllabus import Syllabus
from questions.content.word_search import MAX_CHARS, WordSearch, plain
from questions.formats import bounded_reading, registry
from questions.formats.examples import EXAMPLES, example_file
from questions.formats.html_reader import html_to_markdown
from questions.lint import Context, lint
from questions.models import Question, User
from tests import factories
from tests.hostile_texts import CHARS, TEXTS, WORST
from tests.questions.formats.test_xlsx import HEADS, workbook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]  # quadratic time would be minutes

MAX_SECONDS = 2  # of this thread's processor; the slowest takes a fifth
MEASURABLE_SECONDS = 0.25
MAX_FACTOR = 3  # for twice the text: about 2 in linear time, 4 in quadratic time


class Site:
    """What the forms need: an exam and a user."""

    def __init__(self) -> None:
        self.blueprint = factories.small_blueprint()
        self.user = factories.user()

    def posted(self, data: QueryDict | None) -> Any:
        """Return a request of the user with these fields."""
        request = RequestFactory().post("/") if data is not None else RequestFactory().get("/")
        request.user = self.user
        request.session = SessionStore()
        request.session[sign_in.BEGUN_WITH] = self.user.get_session_auth_hash()
        if data is not None:
            request.POST = data
        return request


# How to make the forms whose constructor takes more than the posted fields.
type MakeForm = Callable[[Site, QueryDict | None], forms.BaseForm]
MAKERS: dict[type[forms.BaseForm], MakeForm] = {
    AccountForm: lambda site, data: _account_form(site, data),
    BlueprintForm: lambda site, data: BlueprintForm(site.blueprint, data),
    ConfirmPasswordForm: lambda site, data: ConfirmPasswordForm(site.posted(data), site.user),
    NewAccountForm: lambda _site, data: modelform_factory(User, form=NewAccountForm, fields=("username",))(data),
    FileForm: lambda site, data: FileForm(site.blueprint.code, data, may_keep_live=True),
    OwnExamForm: lambda site, data: OwnExamForm(None, data),
    PersonForm: lambda site, data: PersonForm(data, instance=site.user, row=rows([site.user], site.user)[0]),
    ProfileForm: lambda site, data: ProfileForm(site.posted(data), site.user),
    QuestionForm: lambda site, data: QuestionForm(data, question=Question()),
    ExamSettingsForm: lambda site, data: ExamSettingsForm(site.blueprint, data),
    SettingsForm: lambda site, data: SettingsForm(site.blueprint.code, data, may_keep_live=True),
    SittingForm: lambda site, data: SittingForm(site.user, data),
    SwitchesForm: lambda site, data: SwitchesForm(site.blueprint, data),
}


SECOND_FACTORS = (
    second_factor.SignInCodeForm,
    second_factor.ConfirmCodeForm,
    second_factor.SignInPasskeyForm,
    second_factor.ConfirmPasskeyForm,
    second_factor.NewPasskeyForm,
)
MAKERS |= {form: lambda site, data, form=form: form(data, user=site.user) for form in SECOND_FACTORS}


def _account_form(site: Site, data: QueryDict | None) -> forms.BaseForm:
    form: Any = modelform_factory(User, form=AccountForm, fields=("username", "display_name", "email", "groups"))(data)
    form.by = site.user
    return form


def _all_forms(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in base.__subclasses__():
        yield from _all_forms(form)
        ours = form.__module__.split(".")[0] in ("exams", "questions") and not form.__name__.startswith("_")
        if ours and form is not FaultFields:  # it has no field of its own
            yield form


FORMS = sorted({f"{form.__module__}.{form.__name__}": form for form in _all_forms()}.items())


def bound(act: Callable[[str], object], texts: Mapping[str, str] = TEXTS) -> None:
    """Call `act` with each text, and fail at the first one that takes too long, or more than linear time."""
    for name, text in texts.items():
        seconds = _seconds(act, text)
        assert seconds < MAX_SECONDS, f"{name}: {seconds:.1f} seconds"
        if seconds > MEASURABLE_SECONDS:
            half = text[: len(text) // 2]
            factors = (_seconds(act, text) / _seconds(act, half) for _ in range(3))
            assert any(factor < MAX_FACTOR for factor in factors), f"{name}: not in linear time"


def _seconds(act: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    act(text)
    return time.thread_time() - started


def _longest(field: forms.Field, text: str) -> str:
    """Return as much of the text as the field takes."""
    limits = [row.limit_value for row in field.validators if isinstance(row, MaxLengthValidator)]
    return text[: min(limits, default=CHARS)]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_no_form_takes_long_to_clean(name: str, form: type[forms.BaseForm], settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"  # or else the profile has no address
    site = Site()
    make: Any = MAKERS.get(form) or (lambda _site, data: form(data))
    fields = make(site, None).fields

    def clean(text: str) -> None:
        whole, cut = dict.fromkeys(fields, text), {key: _longest(field, text) for key, field in fields.items()}
        for values in (cut,) if cut == whole else (whole, cut):
            data = QueryDict(mutable=True)
            data.update(values)
            caches["counters"].clear()  # wrong codes are counted there, and too many are not read
            with context.request_context(site.posted(data)):
                make(site, data).is_valid()

    assert fields
    bound(clean, WORST)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/signup/", "/return/"])
def test_no_page_of_accounts_takes_long(page: str, client: Any) -> None:
    names = ("login", "username", "email", "password", "password1", "code")

    def post(text: str) -> None:
        assert client.post(page, dict.fromkeys(names, text)).status_code < 500

    bound(post, WORST)


# --- Fields that a view reads without a form


@pytest.mark.parametrize(
    "name", ["option", "version", "seconds", "use", "strike", "sure", "go", "move", "note", "marks"]
)
def test_no_field_of_the_room_takes_long(name: str) -> None:
    def read(text: str) -> None:
        request: Any = RequestFactory().get("/")
        request.POST = QueryDict(mutable=True)
        request.POST.update({"version": "0", name: text})
        with contextlib.suppress(answer.InvalidPostError):
            answer.parse(request, 1, factories.NOW)

    bound(read)


@pytest.mark.parametrize("name", ["domain", "task", "topic", "ask", "collection", "state", "size", "attempt"])
def test_no_filter_of_practice_takes_long(name: str) -> None:
    def read(text: str) -> None:
        with contextlib.suppress(FilterError):
            Filters.read({name: [text]})

    bound(read)


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["", "Ana, ana@example.org, "])
def test_no_pasted_list_takes_long(place: str) -> None:
    def read(text: str) -> None:
        for read_list in (lambda: accounts.read(place + text, list(ROLES)), lambda: rosters.read(place + text)):
            with contextlib.suppress(ListFaultsError):
                read_list()

    bound(read)


def test_no_file_of_an_exam_takes_long() -> None:
    def read(text: str) -> None:
        exam_yaml.read(text, {})
        exam_yaml.read(f"code: A\ntitle: {text}", {})

    bound(read)


def test_no_search_takes_long_for_a_word_that_nearly_fits_everywhere() -> None:
    """Sixty texts are 1,500 notes of the longest, of which a notebook can have more."""

    def search(text: str) -> None:
        words = WordSearch(text[: MAX_CHARS - 1] + "!")
        for _text in range(60):
            words.matches(text)
            words.excerpt(text, 200)

    bound(search, {"letters": TEXTS["letters"]})


# --- Import formats


@pytest.mark.parametrize("format", registry.FORMATS)
def test_no_file_takes_long_to_read(format: str) -> None:
    bound(lambda text: registry.read(text.encode(), "a", format))


def test_no_file_takes_long_to_recognize() -> None:
    bound(lambda text: registry.read(text.encode(), "a.txt"), WORST)


@pytest.mark.parametrize("format", registry.FORMATS)
def test_no_texts_of_a_question_take_long_to_read_in_a_file(format: str) -> None:
    bound(lambda text: registry.read(_file_with(format, text), "a", format), WORST)


def test_no_html_of_a_file_takes_long_to_turn_into_markdown() -> None:
    bound(lambda text: html_to_markdown(text[: bounded_reading.MAX_BYTES_IN_PROCESS]))


def _file_with(format: str, text: str) -> bytes:
    """Return a file of as much text as is read in this process, a quarter in each text of its first question."""
    text, first = text[: bounded_reading.MAX_BYTES_IN_PROCESS // 4], EXAMPLES[0]
    if format == "xlsx":
        return workbook({"Quiz": [HEADS, (text, text, "Two", "Three", 2)]})
    options = (replace(first.options[0], text=text, rationale=text), *first.options[1:])
    if registry.FORMATS[format].writes:
        question = replace(first, id="harbor-columns", stem=text, options=options, explanation=text)
        return registry.FORMATS[format].write([question])[0]
    example = example_file(format)[1].decode()
    for words in (first.stem[:9], first.options[0].text, first.explanation):
        example = example.replace(words, text, 1)
    return example.encode()


# --- What pages do with the stored texts of a question


def _stored(text: str) -> QuestionContent:
    """Return a question whose texts are as long as the editor allows."""
    option = text[:MAX_OPTION_CHARS]
    options = (OptionContent("a", True, option, option), OptionContent("b", False, f"x{option}", option))
    return QuestionContent("hostile", text[:MAX_TEXT_CHARS], options, explanation=text[:MAX_TEXT_CHARS])


OTHER = QuestionContent("other", EXAMPLES[0].stem, EXAMPLES[0].options, explanation=EXAMPLES[0].explanation)
READERS: dict[str, Callable[[QuestionContent], object]] = {
    "pages": lambda question: (markdown.render_stem(question.stem), markdown.render(question.explanation)),
    "options": lambda question: [markdown.render_inline(option.text) for option in question.options],
    "search": lambda question: WordSearch("which of these").excerpt(plain(question.stem), 200),
    "lint": lambda question: lint(
        question, Context(date(2026, 11, 25), Syllabus((), ()), NearDuplicateIndex([question, OTHER]), installed=True)
    ),
    "prose": lambda question: (prose.prose(question.stem), prose.ask(question.stem), prose.comparable(question.stem)),
    "suggestions": question_words,
    "fingerprint": fingerprint,
    "differences": lambda question: (
        [part.pieces for part in changed_parts(OTHER, question)],
        list(word_changes(question.stem, OTHER.stem)),
        mark_changes(markdown.render(OTHER.stem), markdown.render(question.stem)),
    ),
}


def _sentences(words: Sequence[str], chars: int = MAX_TEXT_CHARS) -> str:
    """Return a text of these words, each a sentence, again and again."""
    return "".join(islice(cycle(f"{word}. " for word in words), chars))[:chars]


def _stretches(words: str) -> str:
    """Return a text in which a long sentence of these words stands between each two that stay."""
    return "".join(f"{(words * 290)[:580].strip()}. U{n}. " for n in range(33))


NUMBERED = [f"{n:x}" for n in range(150)]
SHORT_SENTENCES = {
    "the same": (_sentences(NUMBERED), _sentences(NUMBERED)),
    "backwards": (_sentences(NUMBERED), _sentences(NUMBERED[::-1])),
    "each third with another end": (
        _sentences(NUMBERED),
        _sentences([f"{word}{'' if n % 3 else '!'}" for n, word in enumerate(NUMBERED)]),
    ),
    "words between": (_stretches("a "), _stretches("a b ")),
    "words between backwards": (_stretches("a b c "), _stretches("c b a ")),
}


@pytest.mark.parametrize("name", SHORT_SENTENCES)
def test_no_comparison_of_many_short_sentences_takes_long(name: str) -> None:
    """What comes again and again would be looked for everywhere, once for each that matches: in cubic time."""
    before, after = map(_stored, SHORT_SENTENCES[name])

    def compare(_text: str) -> None:
        parts = changed_parts(before, after)
        assert [(part.pieces, part.changes_html) for part in parts] or name == "the same"
        mark_changes(markdown.render(before.stem), markdown.render(after.stem))
        is_same_question(before, after)
        NearDuplicateIndex([replace(before, id=f"other-{n}") for n in range(20)]).matches(after)

    seconds = _seconds(compare, "")
    assert seconds < MAX_SECONDS, f"{seconds:.1f} seconds"


@pytest.mark.parametrize("reader", READERS)
def test_no_text_of_a_stored_question_takes_long(reader: str) -> None:
    bound(lambda text: READERS[reader](_stored(text)))
