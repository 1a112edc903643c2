"""The exams app: everything that happens when a candidate sits an exam."""

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "Exams"

    def ready(self) -> None:
        from exams import checks, signals  # noqa: F401  (imported to register checks and receivers)
        from questions.services.job_kinds import JobKind, register

        register(
            JobKind(
                "analysis",
                _("Analyze all answers"),
                "exams.services.analysis.item_analysis.perform",
                time_limit=1800,
                own_process=True,  # numpy takes 80 MB
                page="admin:bank_statistics",
                page_parameter="exam",
            ),
            JobKind(
                "calibration",
                _("Calibrate"),
                "exams.services.analysis.calibration.perform",
                max_silence=timedelta(minutes=10),  # a million answers take seconds
                time_limit=1800,
                own_process=True,
                page="admin:scales",
                page_parameter="exam",
            ),
            JobKind(
                "ruling",
                _("Apply a key ruling"),
                "exams.services.results.rescoring.carry_on",
                max_silence=timedelta(minutes=2),
                time_limit=1800,
                by_sweeper=True,
            ),
            JobKind(
                "uncounted_cards",
                _("Remove the cards of questions that were never answered"),
                "exams.services.practice.repetition.remove_uncounted",
            ),
            JobKind(
                "bank_report",
                _("Make the bank report of an exam"),
                "exams.services.analysis.stored_reports.perform",
            ),
            JobKind(
                "link_mails",
                _("Send the personal links of a class"),
                "exams.services.classes.link_mails.send",
            ),
            JobKind(
                "reminder_mails",
                _("Send the reminders of the day by mail"),
                "exams.services.practice.reminder_mails.send",
                every=timedelta(minutes=15),
            ),
            JobKind(
                "own_data",
                _("Make a file with all data of a person"),
                "exams.person_data.make",
            ),
            JobKind(
                "expired_own_data",
                _("Delete files with all data of a person after a day"),
                "exams.services.people.person_data_files.delete_expired",
                by_sweeper=True,
                every=timedelta(hours=1),
            ),
            JobKind(
                "erasure",
                _("Erase idle guests and end old sessions"),
                "exams.services.upkeep.daily_erasure.erase_daily",
                by_sweeper=True,
                every=timedelta(days=1),
            ),
            JobKind(
                "idle_accounts",
                _("Tell and erase idle accounts"),
                "exams.services.upkeep.idle_accounts.perform",
                every=timedelta(days=1),
            ),
        )
