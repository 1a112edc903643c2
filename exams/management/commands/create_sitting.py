"""`manage.py create_sitting`: create an exam for a class, and print its code and link."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from exams.management.commands.export_attempts import iso_time
from exams.models import Roster, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.roles import INSTRUCTOR
from exams.services.classes import links, rosters, sittings
from exams.services.classes.sittings import Terms
from questions.models import Blueprint, User
from questions.services.errors import RefusedError


class Command(BaseCommand):
    """Create a sitting for guests, or for the people of a CSV file."""

    help = "Create an exam for a class and print its code and link. Times without a zone are in UTC."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, metavar="N", help="name that participants see")
        parser.add_argument("--exam", metavar="CODE", help="code of the exam; default: the default exam")
        parser.add_argument("--opens", type=iso_time, metavar="TIME", help="default: now")
        parser.add_argument("--last-start", type=iso_time, metavar="TIME", help="default: until it closes")
        parser.add_argument("--closes", type=iso_time, metavar="TIME", help="end for all; default: minutes each")
        parser.add_argument(
            "--review-opens",
            type=iso_time,
            metavar="TIME",
            help="default: when the last person can be through; without an end, when the instructor releases",
        )
        parser.add_argument(
            "--paper", choices=["one", "each"], default="one", help="one paper for all (the default), or a paper each"
        )
        parser.add_argument(
            "--order",
            choices=["same", "own"],
            default="same",
            help="one paper in the same order for all (the default), or each attempt in its own order",
        )
        parser.add_argument(
            "--roster", type=Path, metavar="FILE.csv", help="name, e-mail and extra minutes of those with a link"
        )
        parser.add_argument("--owner", metavar="NAME", help="the instructor; default: the only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        code, rows = options["exam"], Blueprint.objects
        blueprint = rows.current(code.upper()) if code else rows.default()
        if blueprint is None:
            named = f" with the code {code}." if code else ". Load one with load_bank."
            raise CommandError(f"There is no exam{named}")
        owner = self._owner(options["owner"])
        try:
            with transaction.atomic():
                roster = self._roster(options["roster"], owner, options["name"])
                terms = Terms(
                    name=options["name"],
                    opens_at=options["opens"] or timezone.now(),
                    last_start_at=options["last_start"],
                    closes_at=options["closes"],
                    review_opens_at=options["review_opens"],
                    who=Sitting.Who.ROSTER if roster else Sitting.Who.GUEST if settings.GUESTS else Sitting.Who.ACCOUNT,
                    roster=roster,
                    own_order=options["order"] == "own",
                )
                sitting = sittings.create(blueprint, terms, owner, one_paper=options["paper"] == "one")
        except RefusedError as refused:
            raise CommandError(str(refused)) from None
        except ShortageError as shortage:
            raise CommandError(f"The bank cannot fill the exam {blueprint.code}. {shortage}") from None
        self._print(sitting, as_json=options["json"])

    def _owner(self, name: str | None) -> User | None:
        if name:
            owner = User.objects.filter(username=name).first()
            if owner is None:
                raise CommandError(f"There is no account with the name {name}.")
            return owner
        instructors = list(User.objects.filter(groups__name=INSTRUCTOR, is_active=True).order_by("username")[:2])
        if len(instructors) > 1:
            raise CommandError("There are several instructors. Name one with --owner.")
        return instructors[0] if instructors else None

    def _roster(self, file: Path | None, owner: User | None, name: str) -> Roster | None:
        if file is None:
            return None
        try:
            text, warnings = rosters.text_of(file.read_bytes(), file.name)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        for warning in warnings:
            self.stderr.write(warning)
        people = rosters.read(text)
        return rosters.create(owner, rosters.free_name(owner, name), people)

    def _print(self, sitting: Sitting, *, as_json: bool) -> None:
        people = [
            {"name": person.name, "link": links.personal_link(person, settings.PUBLIC_URL)}
            for person in sitting.participants.all()
        ]
        link = links.join_link(sitting, settings.PUBLIC_URL)
        if as_json:
            values: dict[str, Any] = {"uuid": str(sitting.uuid), "code": sitting.code, "link": link}
            self.stdout.write(json.dumps(values | ({"people": people} if people else {}), ensure_ascii=False))
            return
        self.stdout.write(f"{sitting.name}: code {sitting.code}, {link}")
        for person in people:
            self.stdout.write(f"{person['name']}: {person['link']}")
