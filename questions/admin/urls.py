"""The pages of staff in this app, below the address of the admin and with names in its namespace."""

from django.urls import URLPattern, URLResolver, include, path

from questions.admin import collections
from questions.admin.editor import conflict, edit, pictures, question_actions, versions
from questions.admin.imports import exports, imports, work_list
from questions.admin.question_list import bulk_actions, lint_queue

question_pages = [
    path("add/", edit.add, name="questions_question_add"),
    path("add/lint/", edit.lint_new, name="questions_question_lint_new"),
    path("add/autosave/", edit.autosave_new, name="questions_question_autosave_new"),
    path("add/discard/", edit.discard_new, name="questions_question_discard_new"),
    path("points/", edit.points, name="questions_question_points"),
    path("picture/", pictures.upload, name="questions_question_picture"),
    path("lookup/", edit.lookup, name="questions_question_lookup"),
    path("bulk/<slug:name>/", bulk_actions.page, name="questions_question_bulk"),
    path("<int:pk>/change/", edit.change, name="questions_question_change"),
    path("places/", edit.places, name="questions_question_places"),
    path("<int:pk>/lint/", edit.lint, name="questions_question_lint"),
    path("<int:pk>/autosave/", edit.autosave, name="questions_question_autosave"),
    path("<int:pk>/discard/", edit.discard, name="questions_question_discard"),
    path("<int:pk>/copy/", question_actions.copy, name="questions_question_copy"),
    path("<int:pk>/retire/", question_actions.retire, name="questions_question_retire"),
    path("<int:pk>/restore/", question_actions.restore, name="questions_question_restore"),
    path("<int:pk>/take-back/", question_actions.take_back, name="questions_question_take_back"),
    path("<int:pk>/conflict/", conflict.page, name="questions_question_conflict"),
    path("<int:pk>/versions/", versions.page, name="questions_question_versions"),
    path("<int:pk>/versions/back/", versions.roll_back, name="questions_question_roll_back"),
]

import_pages = [
    path("import/", imports.file, name="questions_import"),
    path("import/look/", imports.text_preview, name="questions_import_preview"),
    path("import/example/<str:format>/", imports.example_file, name="questions_import_example"),
    path("export/", exports.page, name="questions_export"),
    path("<int:pk>/change/", imports.page, name="questions_importbatch_change"),
    path("<int:pk>/again/", imports.again, name="questions_import_again"),
    path("<int:pk>/go/", imports.go, name="questions_import_go"),
    path("<int:pk>/drop/", imports.drop, name="questions_import_drop"),
    path("<int:pk>/undo/", imports.undo_import, name="questions_import_undo"),
    path("<int:pk>/refused/", imports.download_refused, name="questions_import_refused"),
    path("<int:pk>/topics/", work_list.topics, name="questions_import_topics"),
    path("<int:pk>/keys/", work_list.keys, name="questions_import_keys"),
    path("<int:pk>/submit/", work_list.submit, name="questions_import_submit"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("checks/", lint_queue.page, name="lint_queue"),
    path("collections/", collections.page, name="collections"),
    path("collections/<slug:slug>/", collections.change, name="collection"),
    path("questions/question/", include(question_pages)),
    path("questions/importbatch/", include(import_pages)),
]
