"""The form of an exam for a class. Its times are in the zone that the browser names, else in that of the server."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from exams.admin.classes.rosters import LIST_FORMAT, MAX_LIST_CHARS
from exams.models import Roster, Sitting
from exams.models.roster import MAX_NAME_CHARS
from exams.models.sitting import JOINS_ALLOWED, MAX_ATTEMPTS, MAX_JOINS
from exams.services.classes import rosters, sittings
from exams.services.classes.sittings import Terms, TermsError, Window
from exams.services.people import candidates
from exams.services.people.pasted_lists import ListFaultsError
from exams.services.results import grades
from exams.services.results.grades import MAX_TEXT_CHARS, GradeFaultsError
from questions.models import Blueprint, User

ROUND_MINUTES = 15
START_MINUTES = 15  # between opening and last start, as proposed
MAX_REASON_CHARS = 200
ONE_PAPER, PAPER_EACH = "one", "each"
ANYWAY = "anyway"  # the button that saves after a caution


class MomentInput(forms.DateTimeInput):
    """A field for date and time; `data-moment` lets a script show the stored moment in the reader's zone."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        if isinstance(value, datetime) and timezone.is_aware(value):
            attrs = {**(attrs or {}), "data-moment": value.isoformat()}
            value = timezone.localtime(value)
        return super().get_context(name, value, attrs)


class MomentField(forms.DateTimeField):
    """A date and time whose stored value reaches its widget with its zone."""

    widget = MomentInput

    def prepare_value(self, value: Any) -> Any:
        return value


class WindowForm(forms.Form):
    """The times of a sitting, in the zone that the field `zone` names."""

    opens_at = MomentField(label=_("Opens"))
    last_start_at = MomentField(
        label=_("Last start"),
        required=False,
        help_text=_(
            "Empty: until it ends for all. With neither of them, the score comes when you release the answers."
        ),
    )
    closes_at = MomentField(
        label=_("Ends for all"),
        required=False,
        help_text=_("Empty: everybody has the minutes from their own start. Extra time goes beyond this end."),
    )
    review_opens_at = MomentField(
        label=_("Answers open"),
        required=False,
        help_text=_("Empty: when the last person can be through; without an end, when you release them."),
    )
    zone = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, sitting: Sitting | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial or {})
        self.sitting = sitting

    @property
    def time_zone(self) -> Any:
        """Return the zone in which the times were typed."""
        return candidates.zone_named(str(self["zone"].value())) or timezone.get_current_timezone()

    def full_clean(self) -> None:
        with timezone.override(self.time_zone):
            super().full_clean()

    def add_faults(self, refused: TermsError) -> None:
        """Add the sentences to the fields they concern."""
        for field, sentence in refused.faults.items():
            self.add_error(field if field in self.fields else None, sentence)

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the cleaned values. A time that shows the stored one, which may have seconds, is the stored one."""
        values = {name: self.cleaned_data[name] for name in names}
        for name, value in values.items():
            stored = getattr(self.sitting, name, None)
            if isinstance(stored, datetime) and value == stored.replace(second=0, microsecond=0):
                values[name] = stored
        return values


class SittingForm(WindowForm):
    """What an instructor decides. Without `sitting`, exam and paper can be chosen too."""

    name = forms.CharField(
        label=_("Name"), max_length=MAX_NAME_CHARS, help_text=_("Participants see it, such as 'Class 7b, March'.")
    )
    exam = forms.ChoiceField(label=_("Exam"))
    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=[
            (ONE_PAPER, _("One paper for all, which you can see, change and print")),
            (PAPER_EACH, _("A paper each, drawn for equal difficulty")),
        ],
        widget=forms.RadioSelect,
        initial=ONE_PAPER,
    )
    own_order = forms.BooleanField(
        label=_("Each participant has another order of questions and options"),
        required=False,
        help_text=_("Of one paper for all: neighbors cannot copy letters. The print keeps the order that you see."),
    )
    who = forms.ChoiceField(label=_("Who"), choices=Sitting.Who.choices, widget=forms.RadioSelect)
    roster = forms.ModelChoiceField(Roster.objects.none(), label=_("Class"), required=False, empty_label=_("none"))
    people = forms.CharField(
        label=_("Or paste the names of a new class"),
        required=False,
        max_length=MAX_LIST_CHARS,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=format_lazy("{}. {}", LIST_FORMAT, _("The list is kept under the name of the exam.")),
    )
    minutes = forms.IntegerField(
        label=_("Minutes each"), required=False, min_value=1, help_text=_("Empty: those of the exam.")
    )
    attempts_allowed = forms.IntegerField(label=_("Attempts"), min_value=1, max_value=MAX_ATTEMPTS, initial=1)
    joins_allowed = forms.IntegerField(
        label=_("People who can join by the code"),
        min_value=1,
        max_value=MAX_JOINS,
        initial=JOINS_ALLOWED,
        help_text=_("Nobody can join under made-up names beyond this number. A class has as many as are on its list."),
    )
    before_release = forms.ChoiceField(
        label=_("Until then participants see"), choices=Sitting.BeforeRelease.choices, widget=forms.RadioSelect
    )
    grades = forms.CharField(
        label=_("Grades"),
        required=False,
        max_length=MAX_TEXT_CHARS,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("One a line: from which score on which grade, such as 90 A or 92 1,3."),
    )
    shows_grades = forms.BooleanField(
        label=_("Candidates see their grade"), required=False, help_text=_("On their report, with the answers.")
    )
    self_allowance = forms.BooleanField(label=_("Participants can choose extra time themselves"), required=False)
    offline_reload = forms.BooleanField(
        label=_("A reload of the page works without a connection"),
        required=False,
        initial=True,
        help_text=_("The browser keeps the page, without the questions, until the end of the exam."),
    )

    def __init__(self, user: User, data: Any = None, *, sitting: Sitting | None = None, initial: Any = None) -> None:
        super().__init__(data, sitting=sitting, initial=initial)
        self.cautions: Sequence[str] = ()
        fields: dict[str, Any] = self.fields
        chosen = sitting.roster_id if sitting else None
        fields["roster"].queryset = rosters.visible_to(user).filter(Q(archived_at=None) | Q(pk=chosen))
        if not settings.GUESTS:
            fields["who"].choices = [choice for choice in Sitting.Who.choices if choice[0] != Sitting.Who.GUEST]
        if sitting:
            del fields["exam"], fields["paper"], fields["people"]
        else:
            fields["exam"].choices = [
                (row.code, f"{row.exam.short_title} ({row.code}, {row.exam.questions} questions)")
                for row in Blueprint.objects.in_use()
            ]

    def clean_people(self) -> str:
        """Refuse a list with faults together with those of the other fields."""
        people: str = self.cleaned_data["people"]
        if people.strip() and self.cleaned_data.get("who") == Sitting.Who.ROSTER:
            try:
                rosters.read(people)
            except ListFaultsError as faulty:
                raise forms.ValidationError(list(faulty.sentences)) from faulty
        return people

    def clean_grades(self) -> str:
        """Refuse faulty grades together with those of the list of names. Lines are stored as they were typed."""
        typed: str = "\n".join(self.cleaned_data["grades"].split("\r\n"))
        blueprint = (
            self.sitting.blueprint if self.sitting else Blueprint.objects.current(self.cleaned_data.get("exam", ""))
        )
        try:
            if blueprint:
                grades.read(typed, blueprint.exam.scale)
        except GradeFaultsError as faulty:
            raise forms.ValidationError(list(faulty.sentences)) from faulty
        return typed

    def terms(self) -> Terms:
        """Return the terms of a valid form. The choice of a class counts only where the class is asked for."""
        values = self.values(Terms.__dataclass_fields__)
        if values["who"] != Sitting.Who.ROSTER:
            values["roster"] = None
        elif self.has_new_class:
            values["roster"] = Roster(name=values["name"])  # stored with the exam
        return Terms(**values)

    @property
    def has_new_class(self) -> bool:
        """Whether names were pasted for an exam of the people of a class."""
        values = self.cleaned_data
        return values["who"] == Sitting.Who.ROSTER and bool(values.get("people", "").strip())

    def caution(self, sentences: Sequence[str]) -> bool:
        """Show these sentences before the form is saved, unless they were shown: then it is saved anyway."""
        if ANYWAY in self.data:
            return False
        self.cautions = sentences
        for sentence in sentences:
            self.add_error(None, sentence)
        return bool(sentences)


class MoveForm(WindowForm):
    """Another window for a sitting that may be running, with the reason for the log."""

    reason = forms.CharField(label=_("Reason"), max_length=MAX_REASON_CHARS, help_text=_("For the log that staff see."))

    def window(self) -> Window:
        """Return the window of a valid form."""
        return Window(**self.values(Window.__dataclass_fields__))


def proposal(now: datetime, exam: str, owner: User) -> dict[str, Any]:
    """Return sensible values for a new exam: it opens at the next quarter of an hour, for guests.

    The grades are those of the last exam for a class of the same instructor.
    """
    blueprint = Blueprint.objects.current(exam)
    opens = (now + timedelta(minutes=ROUND_MINUTES)).replace(second=0, microsecond=0)
    opens -= timedelta(minutes=opens.minute % ROUND_MINUTES)
    return {
        "exam": exam,
        "paper": ONE_PAPER,
        "who": Sitting.Who.GUEST if settings.GUESTS else Sitting.Who.ACCOUNT,
        "opens_at": opens,
        "last_start_at": opens + timedelta(minutes=START_MINUTES),
        "attempts_allowed": 1,
        "joins_allowed": JOINS_ALLOWED,
        "before_release": Sitting.BeforeRelease.SCORE,
        "grades": grades.last_of(owner, blueprint.exam.scale) if blueprint else "",
        "zone": timezone.get_current_timezone_name(),
    }


def values_of(sitting: Sitting) -> dict[str, Any]:
    """Return the stored values."""
    terms, zone = sittings.terms_of(sitting), timezone.get_current_timezone_name()
    return {name: getattr(terms, name) for name in Terms.__dataclass_fields__} | {"zone": zone}


def again(before: Sitting, initial: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a new exam that is held like the one before, for other people: its times keep their gaps."""
    values, opens = values_of(before), initial["opens_at"]
    moved = {
        name: opens + (values[name] - before.opens_at) if values[name] else None
        for name in ("last_start_at", "closes_at", "review_opens_at")
    }
    return (
        values
        | moved
        | {
            "name": (_("%s, again") % before.name)[:MAX_NAME_CHARS],
            "exam": before.blueprint.code,
            "paper": ONE_PAPER if before.form_id else PAPER_EACH,
            "opens_at": opens,
            "roster": None,
        }
    )
