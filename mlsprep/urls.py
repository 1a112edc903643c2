"""The URLs of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

import exams.admin.urls
import questions.admin.urls
from mlsprep import health, metrics, system

# The admin uses the site's sign-in page, so that failed attempts are counted in one place.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.enable_nav_sidebar = False  # the pages of the question editor need the width

# The site's page for a new password counts wrong ones, that of Django does not.
password_page = admin.site.admin_view(RedirectView.as_view(pattern_name="account_change_password"))

# Our pages come first: some replace pages of Django at the same address.
django_pages, app_name, namespace = admin.site.urls
own_pages = [
    path("system/", system.page, name="system"),
    path("system/jobs/<int:pk>/", system.run_now, name="system_run"),
    path("password_change/", password_page, name="password_change"),
    path("password_change/done/", password_page),
]
admin_pages = [*own_pages, *exams.admin.urls.urlpatterns, *questions.admin.urls.urlpatterns, *django_pages]

handler400 = "mlsprep.refusals.bad_request"
handler500 = "mlsprep.outages.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", (admin_pages, app_name, namespace)),
    path("", include("exams.urls")),
]
