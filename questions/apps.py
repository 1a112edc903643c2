"""The app of the question bank."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QuestionsConfig(AppConfig):
    name = "questions"
    verbose_name = "Question bank"

    def ready(self) -> None:
        from questions.models.immutability import install_triggers

        post_migrate.connect(install_triggers, sender=self)
