"""The app of the question bank."""

from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class QuestionsConfig(AppConfig):
    name = "questions"
    verbose_name = "Question bank"

    def ready(self) -> None:
        from questions.models.immutability import drop_triggers, install_triggers
        from questions.services.job_kinds import JobKind, register

        pre_migrate.connect(drop_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)
        register(
            JobKind(
                "import",
                _("Import a file"),
                "questions.imports.worker.work_on_batch",
                max_silence=timedelta(minutes=3),  # longer than a busy machine needs between two signs of life
                time_limit=900,  # for 10,000 questions on a busy machine
                given_up="questions.imports.worker.give_up",
                page="admin:questions_importbatch_change",
            ),
            JobKind(
                "expired_imports",
                _("Delete files that nobody has imported"),
                "questions.imports.worker.delete_expired",
                every=timedelta(hours=1),
            ),
            JobKind(
                "unused_pictures",
                _("Delete pictures that no text names"),
                "questions.services.images.delete_unused",
                max_silence=timedelta(minutes=15),
                every=timedelta(days=1),
            ),
            JobKind(
                "ended_jobs",
                _("Delete jobs that ended a month ago"),
                "questions.services.jobs.delete_ended",
                by_sweeper=True,
                every=timedelta(days=1),
            ),
        )
