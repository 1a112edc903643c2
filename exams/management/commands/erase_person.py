"""`manage.py erase_person`: erase one person at once, as the person can on the account page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from exams.services.people.candidates import UnknownPersonError, find_person
from exams.services.upkeep.person_erasure import HasRoleError, erase_person


class Command(BaseCommand):
    help = "Erase an account or a guest. The answers are kept without identity. This cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", metavar="NAME|CODE", help="the name of an account, or a guest code")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, candidate = find_person(options["person"])
            erase_person(user, [candidate] if candidate else [], timezone.now())
        except UnknownPersonError as error:
            raise CommandError(str(error)) from error
        except HasRoleError as error:
            raise CommandError(
                f"The account {user} has a role, so it was not erased: its ratings and reviews would go with it. "
                "Remove its roles in the admin first."
            ) from error
        self.stdout.write(f"Erased: {'the account ' + str(user) if user else 'the guest'}. The answers are kept.")
