"""The groups of the admin: made by `migrate` on an empty database, and what each may do with keys that are in doubt."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from exams.signals import GROUPS
from questions.services.review import APPROVE
from tests.authoring import account

ROOT = Path(__file__).resolve().parents[2]
ASK = """
from django.contrib.auth.models import Group
from questions.models import User
user = User.objects.create_user("rob")
user.groups.add(Group.objects.get(name="Reviewer"))
print(sorted(Group.objects.values_list("name", flat=True)), user.has_perm("questions.approve_question"))
"""


def test_migrate_on_an_empty_database_makes_the_groups_with_their_permissions(tmp_path: Path) -> None:
    environment = {**os.environ, "MLSPREP_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    manage("migrate", "--verbosity", "0")
    assert manage("shell", "--no-imports", "--verbosity", "0", "--command", ASK).strip() == f"{sorted(GROUPS)} True"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "rules", "answers"),
    [("Author", False, True), ("Reviewer", True, True), ("Instructor", True, True), ("Administrator", True, True)],
)
def test_whoever_approves_wordings_may_rule_on_their_keys(group: str, rules: bool, answers: bool) -> None:
    user = account("sam", group)
    assert user.has_perms(["exams.change_keyruling", APPROVE]) == rules
    assert user.has_perm("exams.view_keyruling") == rules
    assert user.has_perm("questions.change_questionreport") == answers


@pytest.mark.django_db
def test_no_group_deletes_anything_but_accounts() -> None:
    for group in Group.objects.filter(name__in=GROUPS):
        deletes = set(group.permissions.filter(codename__startswith="delete_").values_list("codename", flat=True))
        assert deletes <= {"delete_user"}
