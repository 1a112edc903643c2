"""Import and export in the browser: file > check > done, with undo; one address an import, whatever state it is in.

The row of the import is the truth: the page shows what it says, so Back, Reload and another browser do what they say.
Only posts begin something (`questions.imports.steps`).
"""

import json
import re
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from questions.admin import import_work
from questions.admin.import_forms import FileForm, chosen_domain, mapping
from questions.admin.readonly import ReadOnlyAdmin
from questions.formats import examples, registry
from questions.formats.export import export
from questions.imports import batch_writer, plan_rows, steps, worker
from questions.imports.plan import CREATED, OUTCOMES, REFUSED, SKIPPED, UPDATED
from questions.models import ImportBatch, ImportFile, ImportRow, Question
from questions.services import stored
from questions.services.errors import RefusedError

_PASTED = "pasted.txt"
_ON_A_PAGE = 50
_ALIKE = "alike"
_LOOKED_AT = 100_000  # bytes of pasted text that are read while somebody types
State = ImportBatch.State


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["file", "format", "at", "by", "state"]
    list_select_related = ["by"]
    change_list_template = "admin/questions/importbatch/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("result", "settings")

    def get_urls(self) -> list[Any]:
        def at(where: str, name: str, view: Any) -> Any:
            return path(where, self.admin_site.admin_view(view), name=f"questions_{name}")

        return [
            at("import/", "import", require_http_methods(["GET", "HEAD", "POST"])(self.file_view)),
            at("import/look/", "import_look", require_POST(look)),
            at("import/example/<str:format>/", "import_example", require_safe(example)),
            at("export/", "export", require_safe(self.export_view)),
            at("<int:pk>/change/", "importbatch_change", require_safe(self.import_view)),
            at("<int:pk>/again/", "import_again", require_POST(self.again_view)),
            at("<int:pk>/go/", "import_go", require_POST(self.go_view)),
            at("<int:pk>/drop/", "import_drop", require_POST(self.drop_view)),
            at("<int:pk>/undo/", "import_undo", require_POST(self.undo_view)),
            at("<int:pk>/refused/", "import_refused", require_safe(refused)),
            at("<int:pk>/topics/", "import_topics", import_work.topics),
            at("<int:pk>/keys/", "import_keys", import_work.keys),
            at("<int:pk>/submit/", "import_submit", import_work.submit),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """Step 1: the file and what holds for all of it."""
        if not request.user.has_perm("questions.add_question"):
            raise PermissionDenied
        exam = _exam(request)
        form = FileForm(exam, request.POST, request.FILES) if request.method == "POST" else FileForm(exam)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            data = said["file"].read() if said["file"] else said["text"].encode()
            name = Path(said["file"].name).name if said["file"] else _PASTED
            batch = steps.receive_file(
                data, name, form.settings(), said["format"], now=timezone.now(), by=import_work.me(request)
            )
            return _to(batch)
        return self._page(
            request, "file", _("Import questions"), form=form, exam=exam, exams=stored.exam_codes(),
            examples=examples.FORMATS,
        )  # fmt: skip

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An import as it stands: going on, checked, or done with what there is to do."""
        batch = import_work.batch_for(request, pk, "view")
        if batch.is_working:
            return self._working(request, batch)
        if getattr(request, "htmx", False):
            return HttpResponseClientRefresh()  # what was waited for is there
        if batch.state == State.CHECKED:
            return self._checked(request, batch)
        return self._done(request, batch)

    def _working(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        silent = timezone.now() - (batch.heartbeat_at or batch.at) > worker.HEARTBEAT_TIMEOUT / 3
        known = {"batch": batch, "silent": silent}
        if getattr(request, "htmx", False):
            return TemplateResponse(request, "admin/questions/importbatch/_progress.html", known)
        return self._page(request, "working", _called(batch), **known)

    def _checked(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        if request.GET.get("as") == "json":
            said = plan_rows.batch_json(batch, batch.rows.all())
            return HttpResponse(json.dumps(said, ensure_ascii=False), content_type="application/json")
        shown = request.GET.get("what", "")
        # What needs eyes first; then the others in the order of the file.
        weight = Case(*(When(outcome=what, then=n) for n, what in enumerate((REFUSED, SKIPPED, UPDATED))), default=9)
        rows = batch.rows.defer("plan").order_by(weight, "number")
        if shown == _ALIKE:
            rows = rows.filter(near_duplicate=True)
        elif shown in OUTCOMES:
            rows = rows.filter(outcome=shown)
        counts: dict[str, int] = batch.result["counts"]
        found = batch.rows.aggregate(
            near=Count("pk", filter=Q(near_duplicate=True)), pending=Count("pk", filter=Q(pending=True))
        )
        chips = [("", _("All"), sum(counts.values()))]
        chips += [(what, str(_WORDS[what]), counts[what]) for what in OUTCOMES]
        chips += [(_ALIKE, _("Nearly the same as another"), found["near"])]
        return self._page(
            request, "check", _called(batch), batch=batch, chips=chips, shown=shown,
            page=Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page")),
            all=sum(counts.values()), writes=found["pending"], refused=counts[REFUSED],
            called=_called_domains(batch), unplaced=batch.result.get("without_domain", 0),
            domains=stored.exam_domain_titles(batch.settings["exam"]),
            format=registry.FORMATS.get(batch.format), may=import_work.may(request, batch),
        )  # fmt: skip

    def _done(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        done = batch.state == State.DONE
        refused = batch.rows.filter(outcome=REFUSED).defer("plan") if done else ImportRow.objects.none()
        return self._page(
            request, "done", _called(batch), batch=batch, counts=batch.result.get("counts", {}),
            work=import_work.of(batch) if done else None, may=import_work.may(request, batch),
            refused=Paginator(refused, _ON_A_PAGE).get_page(request.GET.get("page")),
            file=batch.files.filter(kind=ImportFile.Kind.REFUSED).exists(),
            touched=batch_writer.edited_codes(batch) if done else [],
            questions=reverse("admin:questions_question_changelist") + f"?batch__id__exact={batch.pk}",
        )  # fmt: skip

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Checks the file anew, with what its names of exam domains mean."""
        batch = import_work.batch_for(request, pk, "act")
        everywhere = batch.settings["exam_domain"]
        if "exam_domain" in request.POST:
            everywhere = chosen_domain(request.POST["exam_domain"])
        self._try(request, lambda: steps.check_again(batch, mapping(request.POST), everywhere))
        return _to(batch)

    def go_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lets the checked file be written."""
        batch = import_work.batch_for(request, pk, "act")
        good_only = "good_only" in request.POST
        if self._try(request, lambda: steps.confirm(batch, good_only=good_only, now=timezone.now())):
            _log(request, batch, ADDITION, _("Began the import of %(file)s.") % {"file": batch.file})
        return _to(batch)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Throws a checked file away."""
        batch = import_work.batch_for(request, pk, "act")
        _log(request, batch, DELETION, _("Threw the file %(file)s away unimported.") % {"file": batch.file})
        if not self._try(request, lambda: steps.discard(batch)):
            return _to(batch)
        return HttpResponseRedirect(reverse("admin:questions_import"))

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes an import back while nobody has worked on it."""
        batch = import_work.batch_for(request, pk, "act")
        if self._try(request, lambda: steps.undo(batch)):
            _log(request, batch, CHANGE, _("Took the import of %(file)s back.") % {"file": batch.file})
        return _to(batch)

    def _try(self, request: HttpRequest, act: Any) -> bool:
        try:
            act()
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return False
        return True

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """What each format loses, and the files themselves."""
        if not request.user.has_perm("questions.view_question"):
            raise PermissionDenied
        collections = sorted(Question.objects.order_by().values_list("collection", flat=True).distinct())
        collection, chosen = request.GET.get("collection", ""), request.GET.get("format")
        if collection and collection not in collections:
            raise Http404
        if chosen is None:
            return self._page(
                request, "export", _("Export questions"), losses=registry.losses(), collections=collections,
                collection=collection,
            )  # fmt: skip
        format = registry.FORMATS.get(chosen)
        if format is None or not format.writes:
            raise Http404
        where = Q(collection=collection) if collection else None
        return download(f"{collection or 'questions'}{format.ending}", export(format, where).data)

    def _page(self, request: HttpRequest, step: str, title: str, **context: Any) -> TemplateResponse:
        return import_work.page(request, step, title, **context)


_WORDS = {
    CREATED: gettext_lazy("New"),
    UPDATED: gettext_lazy("Changed"),
    "unchanged": gettext_lazy("Unchanged"),
    SKIPPED: gettext_lazy("Skipped"),
    REFUSED: gettext_lazy("Refused"),
}


def look(request: HttpRequest) -> HttpResponse:
    """What is understood of text that is being pasted or typed; nothing is kept."""
    if not request.user.has_perm("questions.add_question"):
        raise PermissionDenied
    text = request.POST.get("text", "")
    data = text.encode("utf-8", "replace")
    reading = registry.read(data, _PASTED, request.POST.get("format", "")) if len(data) <= _LOOKED_AT else None
    known = {"reading": reading if text.strip() else None, "long": len(data) > _LOOKED_AT}
    return TemplateResponse(request, "admin/questions/importbatch/_look.html", known)


def example(request: HttpRequest, format: str) -> HttpResponse:
    """A small file of a format, to be filled in."""
    if not request.user.has_perm("questions.add_question"):
        raise PermissionDenied
    if format not in examples.FORMATS:
        raise Http404
    return download(*examples.example_file(format))


def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused questions as a file with a column of reasons."""
    batch = import_work.batch_for(request, pk, "view")
    file = get_object_or_404(ImportFile, batch=batch, kind=ImportFile.Kind.REFUSED)
    return download(file.name, bytes(file.data))


def download(name: str, content: bytes) -> HttpResponse:
    """A file that is never shown in the page: what stands in it is its author's."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}"'
    return response


def _called(batch: ImportBatch) -> str:
    return _("Import of %(file)s") % {"file": batch.file}


def _called_domains(batch: ImportBatch) -> list[tuple[str, int | None]]:
    """What the file calls exam domains and is not known here, with what was said of each."""
    meant: dict[str, int] = batch.settings["mapping"]
    asked = dict.fromkeys([*meant, *batch.result["unknown_domains"]])
    return sorted(((name, meant.get(name)) for name in asked), key=lambda pair: pair[0].casefold())


def _to(batch: ImportBatch) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:questions_importbatch_change", args=[batch.pk]))


def _log(request: HttpRequest, batch: ImportBatch, flag: int, sentence: str) -> None:
    LogEntry.objects.log_actions(import_work.me(request).pk, [batch], flag, change_message=sentence, single_object=True)


def _exam(request: HttpRequest) -> str:
    codes = stored.exam_codes()
    chosen = request.GET.get("exam", "")
    return chosen if chosen in codes else (codes[0] if codes else "")
