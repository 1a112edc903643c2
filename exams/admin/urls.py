"""The pages of staff in this app, below the address of the admin and with names in its namespace."""

from django.urls import URLPattern, URLResolver, include, path

from exams.admin.analysis import (
    bank_report,
    bank_statistics,
    needs_attention,
    pilots,
    question_statistics,
    scales,
)
from exams.admin.approval import question, queue
from exams.admin.attempt import attempts, extra_time, outages
from exams.admin.blueprints import blueprints, end, exam_files, exam_settings, own_exams
from exams.admin.classes import board, paper, paper_choice, results, rosters, sittings
from exams.admin.editor import preview
from exams.admin.people import accounts, person
from exams.admin.results import disputes
from exams.admin.site import desk, words

blueprint_pages = [
    path("change/", blueprints.page, name="questions_blueprint_change"),
    path("make/", blueprints.make, name="questions_blueprint_make"),
    path("availability/", blueprints.show_availability, name="questions_blueprint_availability"),
    path("settings/", exam_settings.page, name="questions_blueprint_settings"),
    path("end/", end.end, name="questions_blueprint_end"),
    path("restore/", end.restore, name="questions_blueprint_restore"),
    path("outline/", own_exams.edit_outline, name="questions_blueprint_outline"),
    path("file/", exam_files.exam_file, name="questions_blueprint_file"),
]

sitting_pages = [
    path("change/", sittings.detail, name="exams_sitting_change"),
    path("edit/", sittings.edit, name="exams_sitting_edit"),
    path("people/", sittings.people, name="exams_sitting_people"),
    path("sheet/", sittings.sheet, name="exams_sitting_sheet"),
    path("links/", sittings.all_links, name="exams_sitting_links"),
    path("links/mail/", sittings.mail_links, name="exams_sitting_mail_links"),
    path("links.csv", sittings.links_csv, name="exams_sitting_links_csv"),
    path("archive/", sittings.archive, name="exams_sitting_archive"),
    path("delete/", sittings.delete, name="exams_sitting_delete"),
    path("release/", sittings.release, name="exams_sitting_release"),
    path("paper/", paper.paper, name="exams_sitting_paper"),
    path("paper/choose/", paper_choice.choose, name="exams_sitting_choose"),
    path("paper/<int:position>/", paper.exchange, name="exams_sitting_exchange"),
    path("paper/<int:position>/move/", paper.move, name="exams_sitting_move"),
    path("board/", board.page, name="exams_sitting_board"),
    path("board/window/", board.window, name="exams_sitting_window"),
    path("board/joining/", board.joining, name="exams_sitting_joining"),
    *(path(f"board/{name}/", board.carry_out, {"name": name}, f"exams_sitting_{name}") for name in board.ACTS),
    path("results/", results.page, name="exams_sitting_results"),
    path("results.csv", results.results_csv, name="exams_sitting_results_csv"),
    path("results.xlsx", results.results_xlsx, name="exams_sitting_results_xlsx"),
    path("results/questions.csv", results.questions_csv, name="exams_sitting_questions_csv"),
    path("results/questions/", results.result_questions, name="exams_sitting_result_questions"),
    path("results/<int:attempt>/", results.result_paper, name="exams_sitting_result_paper"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", desk.page, name="index"),  # instead of Django's
    path("words/", words.page, name="words"),
    path("needs-attention/", needs_attention.page, name="needs_attention"),
    path("bank-report/", bank_report.page, name="bank_report"),
    path("scales/", scales.scales, name="scales"),
    path("scales/<int:number>/", scales.scale, name="scale"),
    path("pilots/", pilots.page, name="pilots"),
    path("people/", accounts.page, name="people"),
    path("people/add/", accounts.add, name="people_add"),
    path("people/<int:pk>/", person.page, name="person"),
    path("statistics/", bank_statistics.page, name="bank_statistics"),
    path("statistics/questions.csv", bank_statistics.table, name="bank_statistics_table"),
    path("statistics/analysis/", bank_statistics.analysis_run, name="analysis_run"),
    path("statistics/<int:pk>/", question_statistics.page, name="question_statistics"),
    path("exams/attempt/<int:pk>/change/", attempts.page, name="exams_attempt_change"),
    path("exams/attempt/<int:pk>/paper/", attempts.paper, name="exams_attempt_paper"),
    path("exams/attempt/<int:pk>/extra-time/", extra_time.one, name="exams_attempt_extra_time"),
    path("exams/attempt/<int:pk>/reopen/", extra_time.reopen, name="exams_attempt_reopen"),
    path("exams/outages/", outages.page, name="exams_outages"),
    path("exams/outages/<int:pk>/", outages.decide, name="exams_outage_decide"),
    path("exams/attempt/outage/", extra_time.outage, name="exams_attempt_outage"),
    path("exams/keyruling/dispute/<int:pk>/", disputes.page, name="exams_keyruling_dispute"),
    path("exams/keyruling/dispute/<int:pk>/preview/", disputes.preview, name="exams_keyruling_preview"),
    path("exams/keyruling/dispute/<int:pk>/rule/", disputes.rule, name="exams_keyruling_rule"),
    path("exams/keyruling/answer/<int:pk>/", disputes.answer, name="exams_keyruling_answer"),
    path("exams/sitting/", sittings.page, name="exams_sitting_changelist"),
    path("exams/sitting/add/", sittings.add, name="exams_sitting_add"),
    path("exams/sitting/<int:pk>/", include(sitting_pages)),
    path("exams/roster/", rosters.page, name="exams_roster_changelist"),
    path("exams/roster/add/", rosters.add, name="exams_roster_add"),
    path("exams/roster/<int:pk>/change/", rosters.change, name="exams_roster_change"),
    path("exams/roster/<int:pk>/archive/", rosters.archive, name="exams_roster_archive"),
    path("exams/roster/<int:pk>/remove/", rosters.remove, name="exams_roster_remove"),
    path("questions/blueprint/new/", own_exams.new, name="questions_blueprint_new"),
    path("questions/blueprint/passes-at/", own_exams.show_passes_at, name="questions_blueprint_passes_at"),
    path("questions/blueprint/import/", exam_files.read, name="questions_blueprint_import"),
    path("questions/blueprint/<int:pk>/", include(blueprint_pages)),
    path("questions/questionreport/<int:pk>/change/", disputes.report, name="questions_questionreport_change"),
    path("review/", queue.page, name="approval_queue"),
    path("review/<int:pk>/", question.page, name="approval"),
    path("preview/", preview.page, name="question_preview_new"),
    path("preview/<int:pk>/", preview.page, name="question_preview"),
]
