"""The exams app: everything that happens when a candidate sits an exam."""

from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "Exams"

    def ready(self) -> None:
        from exams import checks, signals  # noqa: F401  (imported to register checks and receivers)
