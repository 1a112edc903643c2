"""The URLs of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from exams.admin.analysis import analysis_run, bank_statistics, needs_attention, pilots, question_statistics, scales
from exams.admin.analysis.bank_report import bank_report
from exams.admin.approval import preview, question, queue
from exams.admin.people import accounts
from exams.admin.site import desk
from mlsprep import health
from questions.admin.question_list import lint_queue

# The admin uses the site's sign-in page, so that failed attempts are counted in one place.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.enable_nav_sidebar = False  # the pages of the question editor need the width

handler400 = "mlsprep.outages.bad_request"
handler500 = "mlsprep.outages.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.admin_view(desk.page)),  # replaces Django's index page
    path("admin/needs-attention/", admin.site.admin_view(needs_attention.page), name="needs_attention"),
    path("admin/checks/", admin.site.admin_view(lint_queue.queue), name="questions_lint_queue"),
    path("admin/bank-report/", admin.site.admin_view(bank_report), name="bank_report"),
    path("admin/scales/", admin.site.admin_view(scales.scales), name="scales"),
    path("admin/scales/<int:number>/", admin.site.admin_view(scales.scale), name="scale"),
    path("admin/pilots/", admin.site.admin_view(pilots.page), name="pilots"),
    path("admin/people/", admin.site.admin_view(accounts.page), name="people"),
    path("admin/people/add/", admin.site.admin_view(accounts.add), name="people_add"),
    path("admin/statistics/", admin.site.admin_view(bank_statistics.page), name="bank_statistics"),
    path("admin/statistics/questions.csv", admin.site.admin_view(bank_statistics.table), name="bank_statistics_table"),
    path("admin/statistics/analysis/", admin.site.admin_view(analysis_run.analysis), name="analysis_run"),
    path("admin/statistics/<int:pk>/", admin.site.admin_view(question_statistics.page), name="question_statistics"),
    path("admin/review/", admin.site.admin_view(queue.queue), name="approval_queue"),
    path("admin/review/<int:pk>/", admin.site.admin_view(question.question), name="approval"),
    path("admin/preview/", admin.site.admin_view(preview.preview), name="question_preview_new"),
    path("admin/preview/<int:pk>/", admin.site.admin_view(preview.preview), name="question_preview"),
    path("admin/", admin.site.urls),
    path("", include("exams.urls")),
]
