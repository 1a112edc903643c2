"""The fields of the forms of a question: an option, a reference, facts and texts."""

import re
from collections.abc import Callable, Collection
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.admin.editor.license_fields import LicenseForm
from questions.content.markdown import SHORT_ROWS, has_short_rows
from questions.content.parts import LABELS, NEEDED_FACTS
from questions.content.schema import DEFAULT_RATING, MAX_ENEMIES, MAX_OPTIONS
from questions.content.typed_numbers import whole_number
from questions.content.worth import POINT
from questions.models import ExamDomain, Point, Question, Topic
from questions.services import editing
from questions.services.content_columns import COLUMNS, column
from questions.services.points_and_enemies import enemy_codes

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+\Z")


# Longer texts than the longest of the bank by far. Markdown of a megabyte would keep the server busy for half a minute.
MAX_TEXT_CHARS, MAX_OPTION_CHARS, MAX_LINE_CHARS = 20_000, 4_000, 2_000


def _at_most(chars: int) -> list[Callable[[str], None]]:
    """Return a validator instead of `max_length`, with which browsers cut a pasted text without a word."""
    message = gettext_lazy("At most %(limit_value)d characters are allowed, and this has %(show_value)d. Shorten it.")
    return [MaxLengthValidator(chars, message)]


def _markdown(chars: int) -> list[Callable[[str], None]]:
    """Return the validators of a text in Markdown."""
    return [*_at_most(chars), _check_tables]


def _check_tables(text: str) -> None:
    if len(text) <= MAX_TEXT_CHARS and has_short_rows(text):
        raise forms.ValidationError(_(SHORT_ROWS))


def _textarea(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


# The kind of a question follows from its keys, references have a form of their own, a ruling accepts a second answer.
TYPED_COLUMNS = [name for name in COLUMNS if name not in ("kind", "references", "accepted")]


class FixedOrderField(forms.BooleanField):
    """A box that says the opposite of its value: ticked, the options are not shuffled."""

    def prepare_value(self, value: Any) -> bool:
        return not value

    def bound_data(self, data: Any, initial: Any) -> bool:
        return not data

    def to_python(self, value: Any) -> bool:
        return not super().to_python(value)


class OptionForm(forms.Form):
    """One option; empty rows are ignored."""

    letter = ""  # shown on the page
    key_before: bool | None = None  # whether the published wording has it as a key; None for a new option
    code = forms.RegexField(r"\A[a-z0-9]{1,20}\Z", required=False, widget=forms.HiddenInput)
    correct = forms.BooleanField(required=False, label=gettext_lazy("Key"))
    text = forms.CharField(
        required=False, label=gettext_lazy("Option"), widget=_textarea(2), validators=_markdown(MAX_OPTION_CHARS)
    )
    rationale = forms.CharField(
        required=False, label=gettext_lazy("Why it is right or wrong"), widget=_textarea(2),
        validators=_markdown(MAX_OPTION_CHARS),
    )  # fmt: skip


class ReferenceForm(forms.Form):
    """One page that backs the key."""

    title = forms.CharField(required=False, label=gettext_lazy("Title"), validators=_at_most(MAX_LINE_CHARS))
    url = forms.CharField(
        required=False, label=gettext_lazy("Address"), widget=forms.TextInput({"inputmode": "url"}),
        validators=_at_most(MAX_LINE_CHARS),
    )  # fmt: skip
    checked = forms.DateField(required=False, label=gettext_lazy("Checked on"), widget=_day_input())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        title, url = cleaned.get("title"), cleaned.get("url")
        if bool(title) != bool(url) or (url and not _ADDRESS.match(url)):
            raise forms.ValidationError(_("Enter a title and an address that begins with https://."))
        return cleaned


OptionFormSet = forms.formset_factory(
    OptionForm, extra=0, can_order=True, can_delete=True, max_num=MAX_OPTIONS, absolute_max=MAX_OPTIONS
)
ReferenceFormSet = forms.formset_factory(ReferenceForm, extra=0, max_num=20, absolute_max=20)


NO_EXAM_DOMAIN = gettext_lazy("None: the exam draws by collection, topic or tag")


class ExamDomainField(forms.ModelChoiceField):
    """Choose an exam domain. Those of several exams have the same numbers, so each names its exam."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.exam} · {obj}"


class FactsForm(LicenseForm):
    """The place in the syllabus, the date of the facts and the license, of one question or of many."""

    no_topic: Any = gettext_lazy("not assigned")
    no_exam_domain: Any = NO_EXAM_DOMAIN
    topic = forms.ModelChoiceField(Topic.objects.none(), required=False, label=gettext_lazy("Topic"))
    exam_domain = ExamDomainField(
        ExamDomain.objects.all(), required=False, label=gettext_lazy("Exam domain"),
        help_text=gettext_lazy(
            "A topic determines it. Without a topic, only collections whose questions need one require it. "
            "Instructors make others under Exams."
        ),
    )  # fmt: skip
    points = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Syllabus points it tests"), widget=forms.CheckboxSelectMultiple
    )
    as_of = forms.DateField(
        required=False, label=gettext_lazy("Facts checked on"), widget=_day_input(),
        help_text=gettext_lazy("The day on which you last compared the facts with the documentation."),
    )  # fmt: skip

    def __init__(self, *args: Any, exams: Collection[str] = (), **kwargs: Any) -> None:
        """Offer the topics and exam domains of these exams and of the chosen one, or of all exams."""
        super().__init__(*args, **kwargs)
        if exams:
            chosen = {name: whole_number(str(self[name].value() or ""), 0) for name in ("topic", "exam_domain")}
            of_chosen = Q(pk=chosen["exam_domain"]) | Q(tasks__topics=chosen["topic"])
            exams = {*exams, *ExamDomain.objects.filter(of_chosen).values_list("exam", flat=True)}
        topics = Topic.objects.select_related("task__exam_domain").order_by("task__exam_domain", "task", "ordinal")
        field: Any = self.fields["topic"]
        field.queryset = topics
        groups: dict[str, list[tuple[int, str]]] = {}
        for topic in topics.filter(task__exam_domain__exam__in=exams) if exams else topics:
            domain = topic.task.exam_domain
            group = f"{domain.exam} · {domain.number} · {topic.task}"
            groups.setdefault(group, []).append((topic.pk, topic.title))
        field.widget.choices = [("", self.no_topic), *groups.items()]
        self.fields["exam_domain"].empty_label = self.no_exam_domain  # type: ignore[attr-defined]
        if exams:
            domains: Any = self.fields["exam_domain"]
            offered = ExamDomain.objects.filter(exam__in=exams)
            names = [(domain.pk, domains.label_from_instance(domain)) for domain in offered]
            domains.widget.choices = [("", domains.empty_label), *names]
        self.fields["points"].choices = points_of(self["topic"].value())  # type: ignore[attr-defined]


class QuestionForm(FactsForm):
    """Facts and texts of a question."""

    lock_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    opened = forms.CharField(required=False, widget=forms.HiddenInput)  # digests of the parts when the page was opened
    code = forms.SlugField(
        required=False, max_length=80, label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "A short unique name, such as d3-late-jump. You cannot change it later."
            " Left empty, it is made from the stem."
        ),
        error_messages={
            "invalid": gettext_lazy("Use only letters without accents, digits, hyphens and underscores.")
        },
    )  # fmt: skip
    stem = forms.CharField(
        label=gettext_lazy("Stem"), widget=_textarea(7), help_text=gettext_lazy("Takes Markdown."),
        validators=_markdown(MAX_TEXT_CHARS),
    )  # fmt: skip
    shuffle = FixedOrderField(
        required=False, initial=True, label=gettext_lazy("Keep the options in this order for all candidates")
    )
    explanation = forms.CharField(
        required=False, label=gettext_lazy("Explanation"), widget=_textarea(5), validators=_markdown(MAX_TEXT_CHARS),
        help_text=gettext_lazy(
            "Explain why the key meets each constraint, in 60 to 120 words. Candidates see this after the exam."
            " Takes Markdown."
        ),
    )  # fmt: skip
    rating = forms.IntegerField(
        required=False, min_value=1, max_value=99, label=gettext_lazy("Your rating"),
        widget=forms.NumberInput({"placeholder": DEFAULT_RATING}),
        help_text=gettext_lazy(
            "Of 100 candidates who barely pass, how many answer correctly? Exams scored in percent do not use it:"
            " where no other exam draws, leave it empty, and it is 70, as in an import."
        ),
    )  # fmt: skip
    enemies = forms.CharField(
        required=False, label=gettext_lazy("Questions that must not meet"), validators=_at_most(MAX_OPTION_CHARS),
        help_text=gettext_lazy(
            "The codes of questions that no exam may contain together with this one, because one gives away"
            " the other or asks the same."
        ),
    )  # fmt: skip
    ask = forms.ChoiceField(
        required=False, choices=[("", gettext_lazy("not set")), *Question.Ask.choices],
        label=gettext_lazy("Decision"), help_text=gettext_lazy("What the candidate must decide."),
    )  # fmt: skip
    default = forms.ChoiceField(
        required=False, choices=[("", gettext_lazy("not set")), *Question.Default.choices],
        label=gettext_lazy("Textbook answer"),
        help_text=gettext_lazy("The answer that most people choose without reading the constraints."),
    )  # fmt: skip
    collection = forms.SlugField(
        max_length=40, label=gettext_lazy("Collection"),
        help_text=gettext_lazy(
            "Exams draw questions from the collections in their blueprint. A separate collection keeps"
            " your questions apart from the shipped ones."
        ),
    )  # fmt: skip
    reason = forms.CharField(
        required=False, max_length=300, label=gettext_lazy("Reason for the new revision"),
        help_text=gettext_lazy(
            "Required if candidates have seen the question."
            " They get the published revision until the new one is approved."
        ),
    )  # fmt: skip
    same_item = forms.BooleanField(
        required=False,
        label=gettext_lazy("Same question: the change corrects only spelling or a service name"),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.fields["license"].help_text = _("Your next question begins with the same one.")
        self._further = [name for name in TYPED_COLUMNS if name not in self.fields]
        for name in self._further:
            self.fields[name] = column(COLUMNS[name]).formfield(label=capfirst(_(LABELS[name])))
        for name in NEEDED_FACTS:
            self.fields[name].is_needed = True  # type: ignore[attr-defined]
        self.fields["collection"].widget.attrs |= {
            "hx-get": reverse("admin:questions_question_places"), "hx-trigger": "change", "hx-swap": "none",
            "hx-include": "#id_topic, #id_exam_domain",
        }  # fmt: skip
        if question.pk:
            del self.fields["code"]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """The fields of a question that have none above: their form follows from their columns."""
        return [self[name] for name in self._further]

    @property
    def has_folded_errors(self) -> bool:
        """Whether a field has an error that the page folds away."""
        return any(name in self.errors for name in ("ask", "default", "enemies", "collection", *self._further))

    @property
    def has_kept_facts(self) -> bool:
        """Whether a new question has points or tags of the one before, which the page must not fold away."""
        return not self.question.pk and (self.question.worth != POINT or bool(self.question.tags))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code and not is_code(code):
            raise forms.ValidationError(_("Use small letters, digits and single hyphens."))
        if Question.objects.filter(code=code).exists():
            raise forms.ValidationError(editing.CODE_TAKEN)
        return code

    def clean_enemies(self) -> tuple[Question, ...]:
        codes = set(split_codes(self.cleaned_data["enemies"])) - {self.question.code}
        enemies = {enemy.code: enemy for enemy in Question.objects.filter(code__in=codes)}
        if missing := sorted(codes - enemies.keys()):
            raise forms.ValidationError(_("There is no question %s. Correct or remove the code.") % missing[0])
        if len(codes) > MAX_ENEMIES and not codes <= self._stored_enemies():
            raise forms.ValidationError(_("A question can have at most %d enemies. Remove some.") % MAX_ENEMIES)
        return tuple(enemies.values())

    def _stored_enemies(self) -> set[str]:
        """Return the enemies of now, which stay: the other questions may have named this one."""
        return set(enemy_codes(self.question)) if self.question.pk else set()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("topic") and not cleaned.get("exam_domain") and self._needs_exam_domain():
            self.add_error("topic", _("Choose a topic or an exam domain."))
        if self.question.status in ("pilot", "live"):
            for name in NEEDED_FACTS:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("This field is required because candidates get this question."))
        return cleaned

    def _needs_exam_domain(self) -> bool:
        return editing.needs_exam_domain(self.question, self.cleaned_data.get("collection", ""))


def points_of(topic: Any) -> list[tuple[str, str]]:
    """Return the points of a topic as choices."""
    pk = whole_number(str(topic or ""), None)
    points = Point.objects.filter(topic=pk) if pk else ()
    return [(point.code, f"{point.code} {point.text}") for point in points]


def is_code(text: str) -> bool:
    """Return whether a text is a valid code of a question."""
    return bool(_CODE.match(text)) and len(text) <= 80


def split_codes(text: str) -> list[str]:
    """Return the codes in a text, separated by commas or spaces."""
    return [code for code in re.split(r"[\s,;]+", text) if code]
