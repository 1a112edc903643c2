"""The bank: what can be asked and what is known of each question."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QuestionsConfig(AppConfig):
    name = "questions"
    verbose_name = "Question bank"

    def ready(self) -> None:
        from questions.models.immutability import install_triggers

        post_migrate.connect(install_triggers, sender=self)
