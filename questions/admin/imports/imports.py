"""Import and export in the browser: file, check, done, with undo. An import has one URL in all its states.

The page shows the state of the batch in the database. Only posts start a step (`questions.imports.steps`).
"""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, TextField, When
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from questions.admin.editor.license_fields import last_own_question
from questions.admin.imports import import_work
from questions.admin.imports.import_forms import FileForm, domain_mapping, exam_domain_number
from questions.admin.question_list.export_selection import selected_keys
from questions.admin.readonly import ReadOnlyAdmin
from questions.admin.requests import current_user, require_permission
from questions.content.typed_numbers import whole_number
from questions.formats import bounded_reading, examples, registry
from questions.formats.export import export
from questions.imports import plan_rows, refused_file, steps, undo, worker
from questions.imports.live_status import KEEP_LIVE
from questions.imports.plan import CREATED, LEFT_OUT, OUTCOMES, REFUSED, SKIPPED, UNCHANGED, UPDATED, WAITING
from questions.models import ImportBatch, ImportFile, ImportRow, Question
from questions.services import jobs, stored_bank
from questions.services.drawing_facts import collection_for
from questions.services.errors import RefusedError

_PASTED_FILE_NAME = "pasted.txt"
_ROWS_PER_PAGE = 50
_NEAR_DUPLICATES, _WARNED, _FAILED_CHECKS = "alike", "warned", "checks"  # filters beside those by outcome
_MAX_PREVIEW_BYTES = 100_000  # of pasted text
_NOT_IMPORTED = (UNCHANGED, SKIPPED, *LEFT_OUT)
State = ImportBatch.State


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["file", "format", "at", "by", "state"]
    list_select_related = ["by"]
    change_list_template = "admin/questions/imports/imports.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("result", "settings")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Imports")} | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        def url(route: str, name: str, view: Any) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"questions_{name}")

        return [
            url("import/", "import", require_http_methods(["GET", "HEAD", "POST"])(self.file_view)),
            url("import/look/", "import_preview", require_POST(text_preview)),
            url("import/example/<str:format>/", "import_example", require_safe(example_file)),
            url("export/", "export", require_safe(self.export_view)),
            url("<int:pk>/change/", "importbatch_change", require_safe(self.import_view)),
            url("<int:pk>/again/", "import_again", require_POST(self.again_view)),
            url("<int:pk>/go/", "import_go", require_POST(self.go_view)),
            url("<int:pk>/drop/", "import_drop", require_POST(self.drop_view)),
            url("<int:pk>/undo/", "import_undo", require_http_methods(["GET", "HEAD", "POST"])(self.undo_view)),
            url("<int:pk>/refused/", "import_refused", require_safe(download_refused)),
            url("<int:pk>/topics/", "import_topics", import_work.topics),
            url("<int:pk>/keys/", "import_keys", import_work.keys),
            url("<int:pk>/submit/", "import_submit", import_work.submit),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """The form for a file or pasted text."""
        require_permission(request, "add")
        last = last_own_question(current_user(request))
        exam = _exam(request, last)
        # The settings of a file that was not imported or of a link, else those of the last question.
        initial = {"license": last.license if last else "", "collection": collection_for(exam, last)}
        initial |= request.GET.dict()
        is_posted = request.method == "POST"
        typed = {"data": request.POST, "files": request.FILES} if is_posted else {"initial": initial}
        form = FileForm(exam, **typed, may_keep_live=current_user(request).has_perm(KEEP_LIVE))
        if is_posted and form.is_valid():
            upload, text = form.cleaned_data["file"], form.cleaned_data["text"]
            data = upload.read() if upload else text.encode()
            name = Path(upload.name).name if upload else _PASTED_FILE_NAME
            batch = steps.receive_file(
                data, name, form.settings(), form.cleaned_data["format"], now=timezone.now(), by=current_user(request)
            )
            return _redirect_to(batch)
        return self._page(
            request, "file", _("Import questions"), form=form, exam=exam, exams=stored_bank.exam_codes(),
            examples=examples.FORMATS,
        )  # fmt: skip

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of an import: its progress, the result of the check, or the work list."""
        batch = import_work.permitted_batch(request, pk, "view")
        if batch.is_working:
            return self._working(request, batch)
        if getattr(request, "htmx", False):
            return HttpResponseClientRefresh()  # the work is done
        if batch.state == State.CHECKED:
            return self._checked(request, batch)
        return self._done(request, batch)

    def _working(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        job = jobs.find(worker.KIND, batch.pk)
        context = {"batch": batch, "job": job, "is_late": job is not None and jobs.is_late(job, timezone.now())}
        if getattr(request, "htmx", False):
            return TemplateResponse(request, "admin/questions/imports/_progress.html", context)
        return self._page(request, "working", _title(batch), **context)

    def _checked(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        if request.GET.get("as") == "json":
            content = plan_rows.batch_json(batch, batch.rows.all())
            return HttpResponse(json.dumps(content, ensure_ascii=False), content_type="application/json")
        chosen = request.GET.get("what", "")
        # Questions that need attention come first, the others in the order of the file.
        filters = {
            **{outcome: Q(outcome=outcome) for outcome in OUTCOMES},
            _WARNED: Q(details__has_key="warnings"),
            _FAILED_CHECKS: Q(rules_text__contains='"E:') | Q(rules_text__contains='"W:'),
            _NEAR_DUPLICATES: Q(near_duplicate=True),
        }
        needs_attention = (REFUSED, WAITING, _WARNED, SKIPPED, UPDATED)
        priorities = (When(filters[name], then=n) for n, name in enumerate(needs_attention))
        all_rows = batch.rows.annotate(rules_text=Cast("rules", TextField()))
        rows = all_rows.defer("plan").order_by(Case(*priorities, default=9), "number")
        counts = all_rows.aggregate(
            total=Count("pk"), **{name: Count("pk", filter=condition) for name, condition in filters.items()}
        )
        page = Paginator(rows.filter(filters.get(chosen, Q())), _ROWS_PER_PAGE).get_page(request.GET.get("page"))
        return self._page(
            request, "check", _title(batch), batch=batch, counts=counts, chosen=chosen, page=page,
            outcome_filters=[("", _("All"), counts["total"])]
            + [(name, str(_FILTER_LABELS[name]), counts[name]) for name in filters],
            pending=batch.rows.filter(pending=True).count(),
            left_out=sum(counts[outcome] for outcome in LEFT_OUT),
            rows=_with_changed_questions(page), as_new=batch.settings.get("as_new", []),
            domain_names=_domain_names(batch), without_domain=batch.result.get("without_domain", 0),
            domains=stored_bank.exam_domain_titles(batch.settings["exam"]),
            format=registry.FORMATS.get(batch.format), may_act=import_work.may_act(request, batch),
        )  # fmt: skip

    def _done(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        done = batch.state == State.DONE
        counts = batch.result.get("counts", {})
        left_out = batch.rows.filter(outcome__in=LEFT_OUT).defer("plan") if done else ImportRow.objects.none()
        return self._page(
            request, "done", _title(batch), batch=batch, counts=counts,
            other_counts=[(_FILTER_LABELS[name], counts[name]) for name in _NOT_IMPORTED if done and counts.get(name)],
            work_list=import_work.current_work_list(batch) if done else None,
            may_act=import_work.may_act(request, batch),
            left_out=Paginator(left_out, _ROWS_PER_PAGE).get_page(request.GET.get("page")),
            file_url=_file_url(batch),
            has_refused_file=batch.files.filter(kind=ImportFile.Kind.REFUSED).exists(),
            refused_rows=refused_file.has_rows(batch.format),
            edited_codes=undo.edited_codes(batch) if done else [],
            questions_url=reverse("admin:questions_question_changelist") + f"?batch__id__exact={batch.pk}",
        )  # fmt: skip

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check the file again with the chosen exam domains, or with known questions as new ones."""
        batch = import_work.permitted_batch(request, pk, "act")
        exam_domain = batch.settings["exam_domain"]
        if "exam_domain" in request.POST:
            exam_domain = exam_domain_number(request.POST["exam_domain"])
        as_new = set(batch.settings.get("as_new", []))
        as_new |= {whole_number(number, 0) for number in request.POST.getlist("as_new")}
        as_new -= {whole_number(number, 0) for number in request.POST.getlist("as_change")}
        if "all_as_new" in request.POST:
            as_new |= set(batch.rows.filter(outcome=UPDATED).values_list("number", flat=True))
        mapping = domain_mapping(request.POST)
        self._try_step(request, lambda: steps.check_again(batch, mapping, exam_domain, as_new, now=timezone.now()))
        return _redirect_to(batch)

    def go_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start writing the checked file."""
        batch = import_work.permitted_batch(request, pk, "act")
        good_only = "good_only" in request.POST
        if self._try_step(request, lambda: steps.confirm(batch, good_only=good_only, now=timezone.now())):
            _log(request, batch, ADDITION, _("Started the import of %(file)s.") % {"file": batch.file})
        return _redirect_to(batch)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Discard a checked file."""
        batch = import_work.permitted_batch(request, pk, "act")
        _log(request, batch, DELETION, _("Discarded the file %(file)s without importing it.") % {"file": batch.file})
        if not self._try_step(request, lambda: steps.discard(batch)):
            return _redirect_to(batch)
        return HttpResponseRedirect(_file_url(batch))

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask whether to undo an import, or start it."""
        batch = import_work.permitted_batch(request, pk, "act")
        if request.method != "POST":
            if batch.state != State.DONE or undo.edited_codes(batch):
                return _redirect_to(batch)  # which says why it cannot be undone
            counts = batch.result.get("counts", {})
            return self._page(
                request, "undo", _("Undo the import of %(file)s?") % {"file": batch.file}, batch=batch,
                created=counts.get(CREATED, 0), updated=counts.get(UPDATED, 0),
            )  # fmt: skip
        if self._try_step(request, lambda: steps.undo(batch, now=timezone.now())):
            _log(request, batch, CHANGE, _("Undid the import of %(file)s.") % {"file": batch.file})
        return _redirect_to(batch)

    def _try_step(self, request: HttpRequest, step: Callable[[], None]) -> bool:
        try:
            step()
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return False
        return True

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The list of formats, or the exported file."""
        require_permission(request, "view")
        collections = sorted(Question.objects.order_by().values_list("collection", flat=True).distinct())
        collection, chosen = request.GET.get("collection", ""), request.GET.get("format")
        keys = selected_keys(request)
        if collection and collection not in collections:
            raise Http404
        scope = urlencode({"questions": request.GET["questions"]}, safe=",") if keys else ""
        where = Q(pk__in=keys) if keys else None
        if collection:
            scope, where = urlencode({"collection": collection}), Q(collection=collection)
        if chosen is None:
            return self._page(
                request, "export", _("Export questions"), losses=registry.losses(), collections=collections,
                collection=collection, scope=scope, selected=Question.objects.filter(where).count() if keys else 0,
            )  # fmt: skip
        format = registry.FORMATS.get(chosen)
        if format is None or not format.writes:
            raise Http404
        exported = export(format, where)
        if exported.left_out and "accepted_only" not in request.GET:
            return self._page(
                request, "left_out", _("Export to %(format)s") % {"format": format.title}, format=format,
                exported=exported, total=exported.count + len(exported.left_out), scope=scope,
            )  # fmt: skip
        return download(f"{collection or 'questions'}{format.ending}", exported.data)

    def _page(self, request: HttpRequest, step: str, title: str, **context: Any) -> TemplateResponse:
        return import_work.page(request, step, title, **context)


_FILTER_LABELS = {
    CREATED: gettext_lazy("New"),
    UPDATED: gettext_lazy("Changed"),
    "unchanged": gettext_lazy("Unchanged"),
    SKIPPED: gettext_lazy("Skipped"),
    WAITING: gettext_lazy("No exam domain"),
    REFUSED: gettext_lazy("Refused"),
    _WARNED: gettext_lazy("Check the text"),
    _FAILED_CHECKS: gettext_lazy("Failed checks"),
    _NEAR_DUPLICATES: gettext_lazy("Near duplicates"),
}


def text_preview(request: HttpRequest) -> HttpResponse:
    """Parse pasted text while the user types. Store nothing."""
    require_permission(request, "add")
    text = request.POST.get("text", "")
    data = text.encode("utf-8", "replace")
    is_too_long = len(data) > _MAX_PREVIEW_BYTES
    parsed_file = None
    if text.strip() and not is_too_long:
        parsed_file = bounded_reading.read(data, _PASTED_FILE_NAME, request.POST.get("format", ""))
    context = {"parsed_file": parsed_file, "is_too_long": is_too_long}
    return TemplateResponse(request, "admin/questions/imports/_text_preview.html", context)


def example_file(request: HttpRequest, format: str) -> HttpResponse:
    """Download an example file of a format."""
    require_permission(request, "add")
    if format not in examples.FORMATS:
        raise Http404
    return download(*examples.example_file(format))


def download_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the refused questions with their reasons."""
    batch = import_work.permitted_batch(request, pk, "view")
    file = get_object_or_404(ImportFile, batch=batch, kind=ImportFile.Kind.REFUSED)
    return download(file.name, bytes(file.data))


def download(name: str, content: bytes) -> HttpResponse:
    """Return a file as a download; the browser must not render it, since its content is not trusted."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}"'
    return response


def _title(batch: ImportBatch) -> str:
    return _("Import of %(file)s") % {"file": batch.file}


def _with_changed_questions(rows: Iterable[ImportRow]) -> list[tuple[ImportRow, Question | None]]:
    """Return each row with the question of the bank that it changes."""
    codes = [row.code for row in rows if row.outcome == UPDATED]
    questions = Question.objects.select_related("author").in_bulk(codes, field_name="code")
    return [(row, questions.get(row.code)) for row in rows]


def _domain_names(batch: ImportBatch) -> list[tuple[str, int | None]]:
    """Return the names of exam domains in the file that are unknown or mapped, with the chosen numbers."""
    mapping: dict[str, int] = batch.settings["mapping"]
    names = {*batch.result.get("mapped_domains", mapping), *batch.result["unknown_domains"]}
    return sorted(((name, mapping.get(name)) for name in names), key=lambda pair: pair[0].casefold())


def _file_url(batch: ImportBatch) -> str:
    """Return the address of the form for another file, with the settings of this one."""
    settings = {name: value for name, value in batch.settings.items() if value and name in FileForm.base_fields}
    return f"{reverse('admin:questions_import')}?{urlencode(settings)}"


def _redirect_to(batch: ImportBatch) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:questions_importbatch_change", args=[batch.pk]))


def _log(request: HttpRequest, batch: ImportBatch, flag: int, message: str) -> None:
    LogEntry.objects.log_actions(current_user(request).pk, [batch], flag, change_message=message, single_object=True)


def _exam(request: HttpRequest, last: Question | None) -> str:
    """Return the exam of the address, else that of the last question, else the first."""
    codes = stored_bank.exam_codes()
    wanted = (request.GET.get("exam", ""), last.exam_domain.exam if last else "", *codes)
    return next((code for code in wanted if code in codes), "")
