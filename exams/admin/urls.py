"""The pages of staff in this app, below the address of the admin and with names in its namespace."""

from django.urls import path

from exams.admin.analysis import (
    analysis_run,
    bank_report,
    bank_statistics,
    needs_attention,
    pilots,
    question_statistics,
    scales,
)
from exams.admin.approval import preview, question, queue
from exams.admin.people import accounts
from exams.admin.site import desk

urlpatterns = [
    path("", desk.page, name="index"),  # instead of Django's
    path("needs-attention/", needs_attention.page, name="needs_attention"),
    path("bank-report/", bank_report.bank_report, name="bank_report"),
    path("scales/", scales.scales, name="scales"),
    path("scales/<int:number>/", scales.scale, name="scale"),
    path("pilots/", pilots.page, name="pilots"),
    path("people/", accounts.page, name="people"),
    path("people/add/", accounts.add, name="people_add"),
    path("statistics/", bank_statistics.page, name="bank_statistics"),
    path("statistics/questions.csv", bank_statistics.table, name="bank_statistics_table"),
    path("statistics/analysis/", analysis_run.analysis, name="analysis_run"),
    path("statistics/<int:pk>/", question_statistics.page, name="question_statistics"),
    path("review/", queue.page, name="approval_queue"),
    path("review/<int:pk>/", question.page, name="approval"),
    path("preview/", preview.preview, name="question_preview_new"),
    path("preview/<int:pk>/", preview.preview, name="question_preview"),
]
