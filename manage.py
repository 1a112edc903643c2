#!/usr/bin/env python
"""Runs the management commands of mlsprep."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # an environment variable is wrong; the message names it
        sys.exit(f"mlsprep cannot start. {error}")
    except OperationalError as error:
        from mlsprep.outages import is_outage

        if "--traceback" in sys.argv or not is_outage(error):
            raise
        sys.exit(
            f"The database does not respond. Does it run, and is DATABASE_URL right? {' '.join(str(error).split())}"
        )


if __name__ == "__main__":
    main()
