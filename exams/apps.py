"""The sitting: everything that happens because somebody sits an exam."""

from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "Exams"

    def ready(self) -> None:
        from exams import checks, signals  # noqa: F401  (registered by import: system checks, the claim at sign-in)
