"""The pages of staff in this app, below the address of the admin and with names in its namespace."""

from django.urls import path

from questions.admin.question_list import lint_queue

urlpatterns = [
    path("checks/", lint_queue.page, name="lint_queue"),
]
