"""The app of the question bank."""

from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)


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
            ),
            JobKind(
                "expired_imports",
                _("Delete files that nobody has imported"),
                "questions.imports.worker.delete_expired_hourly",
                max_silence=timedelta(minutes=5),
                time_limit=900,
                every=timedelta(hours=1),
            ),
            JobKind(
                "unused_pictures",
                _("Delete pictures that no text names"),
                "questions.services.images.delete_unused_daily",
                max_silence=timedelta(minutes=15),
                time_limit=900,
                every=DAY,
            ),
            JobKind(
                "ended_jobs",
                _("Delete jobs that ended a month ago"),
                "questions.services.jobs.delete_ended",
                max_silence=timedelta(minutes=5),
                time_limit=300,
                by_sweeper=True,
                every=DAY,
            ),
        )
