"""Django's PostgreSQL backend, which finds out without a query whether the server has closed a connection."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Ask the server only if it has sent something unasked: it says goodbye when it closes a connection.

        Django asks at the start of each request (CONN_HEALTH_CHECKS), a tenth of the CPU time of a save.
        """
        if self.connection is None or self.connection.closed:
            return False
        readable, _, _ = select.select([self.connection.fileno()], [], [], 0)
        return not readable or super().is_usable()
