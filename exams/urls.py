"""The addresses of the sitting."""

from django.urls import path

from exams.views import export, finish, history, method, moves, report, review, start, summary

urlpatterns = [
    path("", start.front, name="front"),
    path("exams/<slug:code>/", start.exam, name="exam"),
    path("attempts/<uuid:uuid>/", start.attempt, name="attempt"),
    path("attempts/<uuid:uuid>/questions/<int:position>/", moves.question, name="question"),
    path("attempts/<uuid:uuid>/summary/", summary.summary, name="summary"),
    path("attempts/<uuid:uuid>/finish/", finish.finish, name="finish"),
    path("attempts/<uuid:uuid>/report/", report.report, name="report"),
    path("attempts/<uuid:uuid>/review/", review.review, name="review"),
    path("attempts/<uuid:uuid>/export.json", export.export, name="export"),
    path("history/", history.history, name="history"),
    path("method/", method.method, name="method"),
]
