"""Who may do what in the admin: the actions of each role, set at each `migrate`.

Nothing is deleted: questions retire. Accounts are the exception, because people have a right to it. Who may publish a
key may also rule that a published key is wrong and answer those who reported it: a wrong key costs points from the
first exam on and must not wait for an administrator. Author, reason and scores are recorded.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_noop

INSTRUCTOR = "Instructor"

READ_BANK = gettext_noop("Read questions, reports of candidates, imports, exams and the syllabus")
WRITE_QUESTIONS = gettext_noop("Write, import and submit questions")
IMPORT_LIVE = gettext_noop("Keep the status 'live' of imported questions")
ANSWER_REPORTS = gettext_noop("Answer the reports of candidates")
APPROVE_QUESTIONS = gettext_noop("Approve, send back and retire questions")
RULE_ON_KEYS = gettext_noop("Rule on disputed keys")
MAKE_EXAMS = gettext_noop("Create exams, and add or remove them on the start page")
ANALYZE = gettext_noop("Start the analysis of all answers")
USE_SCALES = gettext_noop("Decide which scale version new exams use")
RUN_CLASSES = gettext_noop("Let a class sit an exam: paper, people, links and release")
READ_ATTEMPTS = gettext_noop("Read attempts, score reports and candidates")
GRANT_TIME = gettext_noop("Give extra time, and retry failed scoring")
MANAGE_ACCOUNTS = gettext_noop("Manage accounts and their roles")
OPERATE = gettext_noop("See whether the system works, and run background work again")

# What each action needs, as "app.codename".
ACTIONS: dict[str, tuple[str, ...]] = {
    READ_BANK: (
        "questions.view_analysisrun",
        "questions.view_bank",
        "questions.view_blueprint",
        "questions.view_examdomain",
        "questions.view_history",
        "questions.view_importbatch",
        "questions.view_itemstatistics",
        "questions.view_option",
        "questions.view_planpart",
        "questions.view_point",
        "questions.view_question",
        "questions.view_questionreport",
        "questions.view_revision",
        "questions.view_scaleversion",
        "questions.view_task",
        "questions.view_topic",
    ),
    WRITE_QUESTIONS: ("questions.add_question", "questions.change_question"),
    IMPORT_LIVE: ("questions.import_live",),
    ANSWER_REPORTS: ("questions.change_questionreport",),
    APPROVE_QUESTIONS: ("questions.approve_question",),
    RULE_ON_KEYS: ("exams.view_keyruling", "exams.add_keyruling", "exams.change_keyruling"),
    MAKE_EXAMS: ("questions.make_blueprint",),
    ANALYZE: ("questions.add_analysisrun",),
    USE_SCALES: ("questions.change_scaleversion",),
    RUN_CLASSES: (
        "exams.view_sitting",
        "exams.add_sitting",
        "exams.change_sitting",
        "exams.view_roster",
        "exams.add_roster",
        "exams.change_roster",
    ),
    READ_ATTEMPTS: (
        "exams.view_allowance",
        "exams.view_attempt",
        "exams.view_attemptevent",
        "exams.view_candidate",
        "exams.view_domainresult",
        "exams.view_form",
        "exams.view_response",
        "exams.view_scorereport",
    ),
    GRANT_TIME: ("exams.change_attempt", "exams.change_candidate"),
    MANAGE_ACCOUNTS: (
        "auth.view_group",
        "questions.add_user",
        "questions.change_user",
        "questions.delete_user",
        "questions.view_user",
    ),
    OPERATE: ("questions.view_job", "questions.change_job"),
}

ROLES: dict[str, tuple[str, ...]] = {
    "Author": (READ_BANK, WRITE_QUESTIONS, ANSWER_REPORTS),
    "Reviewer": (READ_BANK, ANSWER_REPORTS, APPROVE_QUESTIONS, RULE_ON_KEYS, ANALYZE),
    INSTRUCTOR: (
        READ_BANK,
        WRITE_QUESTIONS,
        ANSWER_REPORTS,
        APPROVE_QUESTIONS,
        RULE_ON_KEYS,
        MAKE_EXAMS,
        ANALYZE,
        USE_SCALES,
        RUN_CLASSES,
    ),
    "Administrator": tuple(ACTIONS),
}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of a role as "app.codename"."""
    return frozenset(permission for action in ROLES[role] for permission in ACTIONS[action])


def set_roles(using: str) -> None:
    """Create the groups and give each exactly the permissions of its role."""
    rows = Permission.objects.using(using).select_related("content_type")
    by_name = {_full_name(row): row for row in rows}
    for role in ROLES:
        group, _created = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([by_name[name] for name in permissions_of(role)])


def actions_of(group: Group) -> list[str]:
    """The actions for which the group has every permission."""
    held = {_full_name(permission) for permission in group.permissions.all()}
    return [action for action, needed in ACTIONS.items() if held.issuperset(needed)]


def other_permissions(group: Group) -> list[Permission]:
    """The permissions of the group that belong to none of its actions."""
    named = {name for action in actions_of(group) for name in ACTIONS[action]}
    return [permission for permission in group.permissions.all() if _full_name(permission) not in named]


def set_actions(group: Group, actions: Iterable[str]) -> None:
    """Give the group the permissions of these actions, and those that belong to none of its actions until now."""
    names = {name for action in actions for name in ACTIONS[action]}
    rows = Permission.objects.select_related("content_type")
    group.permissions.set([*other_permissions(group), *(row for row in rows if _full_name(row) in names)])


def _full_name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
