"""Imports in the browser: file, check, done, with undo. An import has one URL in all its states.

The page shows the state of the batch in the database. Only posts start a step (`questions.imports.steps`).
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, DELETION
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, TextField, When
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_htmx.http import HttpResponseClientRefresh

from questions.admin.editor.license_fields import RESERVED, last_own_question
from questions.admin.imports import work_list
from questions.admin.imports.exam_choice import chosen_exam, exam_titles
from questions.admin.imports.forms import FileForm, chosen_columns, domain_mapping, exam_domain_number
from questions.admin.imports.work_list import ACT, VIEW, WRITE
from questions.admin.read_only_admin import ReadOnlyAdmin, account_column
from questions.admin.staff_page import current_user, download, log, staff_action, staff_form, staff_page
from questions.content.typed_numbers import whole_number
from questions.content.worth import POINT, in_short
from questions.formats import bounded_reading, examples, registry
from questions.formats.question_tables import CHOSEN_COLUMNS
from questions.imports import plan_rows, refused_file, steps, undo, worker
from questions.imports.live_status import KEEP_LIVE
from questions.imports.plan import CREATED, LEFT_OUT, OUTCOMES, REFUSED, SKIPPED, UNCHANGED, UPDATED, WAITING, plan_json
from questions.models import ImportBatch, ImportFile, ImportRow, Question
from questions.services import job_state, stored_bank
from questions.services.drawing_rights import collection_for
from questions.services.errors import RefusedError
from questions.services.key_letters import key_letters

_PASTED_FILE_NAME = "pasted.txt"
_ROWS_PER_PAGE = 50
_NEAR_DUPLICATES, _WARNED, _FAILED_CHECKS = "alike", "warned", "checks"  # filters beside those by outcome
_MAX_PREVIEW_BYTES = 100_000  # of pasted text
_NOT_IMPORTED = (UNCHANGED, SKIPPED, *LEFT_OUT)
State = ImportBatch.State


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_title = gettext_lazy("Imports")
    list_display = ["file", "format", "at", account_column("by", gettext_lazy("by")), "state"]
    list_select_related = ["by"]
    change_list_template = "admin/questions/imports/imports.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("result", "settings")


@staff_form(WRITE)
def file(request: HttpRequest) -> HttpResponse:
    """The form for a file or pasted text."""
    last = last_own_question(current_user(request))
    exam, exams = chosen_exam(request.GET.get("exam", ""), last, current_user(request)), exam_titles()
    if exams and not exam:
        return work_list.page(request, "exam", _("Import questions"), exams=exams)
    # The settings of a file that was not imported or of a link, else those of the last question.
    initial = {
        "license": (last and last.license) or RESERVED,
        "as_of": timezone.localdate().isoformat(),
        "collection": collection_for(exam, last),
    }
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
    return work_list.page(
        request, "file", _("Import questions"), form=form, exam=exam, exams=exams,
        examples=examples.FORMATS,
    )  # fmt: skip


@staff_page(VIEW)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an import: its progress, the result of the check, or the work list."""
    batch = work_list.batch_or_404(pk)
    if batch.is_working:
        return _working(request, batch)
    if getattr(request, "htmx", False):
        return HttpResponseClientRefresh()  # the work is done
    if batch.state == State.CHECKED:
        return _checked(request, batch)
    return _done(request, batch)


def _working(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    job = job_state.find(worker.KIND, batch.pk)
    context = {"batch": batch, "job": job, "is_late": job_state.is_late(job, timezone.now())}
    if getattr(request, "htmx", False):
        return render(request, "admin/questions/imports/_progress.html", context)
    return work_list.page(request, "working", _title(batch), **context)


def _checked(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    if request.GET.get("as") == "json":
        content = plan_json(batch.format, batch.result, map(plan_rows.row_outcome, batch.rows.all()))
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
    rows = all_rows.order_by(Case(*priorities, default=9), "number")
    counts = all_rows.aggregate(
        total=Count("pk"), **{name: Count("pk", filter=condition) for name, condition in filters.items()}
    )
    page = Paginator(rows.filter(filters.get(chosen, Q())), _ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return work_list.page(
        request, "check", _title(batch), batch=batch, counts=counts, chosen=chosen, page=page,
        outcome_filters=[("", _("All"), counts["total"])]
        + [(name, str(_FILTER_LABELS[name]), counts[name]) for name in filters],
        pending=batch.rows.filter(pending=True).count(),
        left_out=sum(counts[outcome] for outcome in LEFT_OUT),
        rows=[(*row, _what_counts(row[0])) for row in _with_changed_questions(page)],
        as_new=batch.settings.get("as_new", []),
        columns=_columns(batch), column_choices=CHOSEN_COLUMNS,
        other_credit=batch.result.get("other_credit", 0), full_credit_only=batch.settings.get("full_credit_only"),
        domain_names=_domain_names(batch), without_domain=batch.result.get("without_domain", 0),
        domains=stored_bank.exam_domain_titles(batch.settings["exam"]),
        waits=counts[WAITING],
        format=registry.FORMATS.get(batch.format), may_act=work_list.may_act(request, batch),
    )  # fmt: skip


def _done(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    done = batch.state == State.DONE
    counts = batch.result.get("counts", {})
    left_out = batch.rows.filter(outcome__in=LEFT_OUT).defer("plan") if done else ImportRow.objects.none()
    return work_list.page(
        request, "done", _title(batch), batch=batch, counts=counts,
        other_counts=[(_FILTER_LABELS[name], counts[name]) for name in _NOT_IMPORTED if done and counts.get(name)],
        work_list=work_list.current_work_list(batch) if done else None,
        may_act=work_list.may_act(request, batch),
        undone=work_list.log_of_undo(batch) if batch.state == State.UNDONE else None,
        left_out=Paginator(left_out, _ROWS_PER_PAGE).get_page(request.GET.get("page")),
        file_url=_file_url(batch),
        has_refused_file=batch.files.filter(kind=ImportFile.Kind.REFUSED).exists(),
        refused_rows=refused_file.has_rows(batch.format),
        edited_codes=undo.edited_codes(batch) if done else [],
        questions_url=reverse("admin:questions_question_changelist") + f"?batch__id__exact={batch.pk}",
    )  # fmt: skip


@staff_action(ACT)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the file again with the chosen exam domains, or with known questions as new ones."""
    batch = work_list.batch_to_act_on(request, pk)
    exam_domain = batch.settings["exam_domain"]
    if "exam_domain" in request.POST:
        exam_domain = exam_domain_number(request.POST["exam_domain"])
    as_new = set(batch.settings.get("as_new", []))
    as_new |= {whole_number(number, 0) for number in request.POST.getlist("as_new")}
    as_new -= {whole_number(number, 0) for number in request.POST.getlist("as_change")}
    if "all_as_new" in request.POST:
        as_new |= set(batch.rows.filter(outcome=UPDATED).values_list("number", flat=True))
    full_credit_only = batch.settings.get("full_credit_only", False)
    if "asks_credit" in request.POST:
        full_credit_only = "full_credit_only" in request.POST
    columns = batch.settings.get("columns", {}) | chosen_columns(request.POST)
    _try_step(
        request,
        lambda: steps.check_again(
            batch, domain_mapping(request.POST), exam_domain, as_new, now=timezone.now(),
            full_credit_only=full_credit_only, columns={name: head for name, head in columns.items() if head},
        ),
    )  # fmt: skip
    return _redirect_to(batch)


@staff_action(ACT)
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Start writing the checked file."""
    batch = work_list.batch_to_act_on(request, pk)
    good_only = "good_only" in request.POST
    if _try_step(request, lambda: steps.confirm(batch, good_only=good_only, now=timezone.now())):
        log(request, batch, _("Started the import of %(file)s.") % {"file": batch.file}, ADDITION)
    return _redirect_to(batch)


@staff_action(ACT)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard a checked file."""
    batch = work_list.batch_to_act_on(request, pk)
    if not _try_step(request, lambda: steps.discard(batch)):
        return _redirect_to(batch)
    log(request, batch, _("Discarded the file %(file)s without importing it.") % {"file": batch.file}, DELETION)
    return redirect(_file_url(batch))


@staff_form(ACT)
def undo_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to undo an import, or start it."""
    batch = work_list.batch_to_act_on(request, pk)
    if request.method != "POST":
        if batch.state != State.DONE or undo.edited_codes(batch):
            return _redirect_to(batch)  # which says why it cannot be undone
        counts = batch.result.get("counts", {})
        return work_list.page(
            request, "undo", _("Undo the import of %(file)s?") % {"file": batch.file}, batch=batch,
            created=counts.get(CREATED, 0), updated=counts.get(UPDATED, 0),
        )  # fmt: skip
    if _try_step(request, lambda: steps.undo(batch, now=timezone.now())):
        log(request, batch, _("Undid the import of %(file)s.") % {"file": batch.file})
    return _redirect_to(batch)


def _try_step(request: HttpRequest, step: Callable[[], None]) -> bool:
    try:
        step()
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return False
    return True


_FILTER_LABELS = {
    CREATED: gettext_lazy("New"),
    UPDATED: gettext_lazy("Changed"),
    UNCHANGED: gettext_lazy("Unchanged"),
    SKIPPED: gettext_lazy("Skipped"),
    WAITING: gettext_lazy("No exam domain"),
    REFUSED: gettext_lazy("Refused"),
    _WARNED: gettext_lazy("Check the text"),
    _FAILED_CHECKS: gettext_lazy("Failed checks"),
    _NEAR_DUPLICATES: gettext_lazy("Near duplicates"),
}


@staff_action(WRITE)
def text_preview(request: HttpRequest) -> HttpResponse:
    """Parse pasted text while the user types. Store nothing."""
    text = request.POST.get("text", "")
    data = text.encode("utf-8", "replace")
    is_too_long = len(data) > _MAX_PREVIEW_BYTES
    parsed_file, is_free = None, True
    if text.strip() and not is_too_long:
        with bounded_reading.place() as is_free:
            if is_free:
                parsed_file = bounded_reading.read(data, _PASTED_FILE_NAME, request.POST.get("format", ""))
    context = {"parsed_file": parsed_file, "is_too_long": is_too_long, "is_busy": not is_free}
    return render(request, "admin/questions/imports/_text_preview.html", context)


@staff_page(WRITE)
def example_file(request: HttpRequest, format: str) -> HttpResponse:
    """Download an example file of a format."""
    if format not in examples.FORMATS:
        raise Http404
    return download(*examples.example_file(format))


@staff_page(VIEW)
def download_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the refused questions with their reasons."""
    batch = work_list.batch_or_404(pk)
    file = get_object_or_404(ImportFile, batch=batch, kind=ImportFile.Kind.REFUSED)
    return download(file.name, bytes(file.data))


def _title(batch: ImportBatch) -> str:
    return _("Import of %(file)s") % {"file": batch.file}


def _with_changed_questions(rows: Iterable[ImportRow]) -> list[tuple[ImportRow, Question | None]]:
    """Return each row with the question of the bank that it changes."""
    codes = [row.code for row in rows if row.outcome == UPDATED]
    questions = Question.objects.select_related("author").in_bulk(codes, field_name="code")
    return [(row, questions.get(row.code)) for row in rows]


def _what_counts(row: ImportRow) -> str:
    """Return key, points and partial credit of a question to import, like "Key A, C or B, C; 2 points"."""
    if not row.plan:
        return ""
    content = plan_rows.planned_question(row).content
    keys = [option.id for option in content.keys], content.accepted
    letters = key_letters([option.id for option in content.options], keys)
    parts = [_("Key %(letters)s") % {"letters": letters}]
    points = ngettext("%(n)s point", "%(n)s points", 1 if content.worth == POINT else 2)
    parts.append(points % {"n": in_short(content.worth)})
    return "; ".join([*parts, _("partial credit")] if content.partial else parts)


def _domain_names(batch: ImportBatch) -> list[tuple[str, int | None]]:
    """Return the names of exam domains in the file that are unknown or mapped, with the chosen numbers."""
    mapping: dict[str, int] = batch.settings["mapping"]
    names = {*batch.result.get("mapped_domains", mapping), *batch.result["unknown_domains"]}
    return sorted(((name, mapping.get(name)) for name in names), key=lambda pair: pair[0].casefold())


def _columns(batch: ImportBatch) -> list[tuple[str, str]]:
    """Return the columns of the file that are not imported or that somebody has named, with what they are."""
    chosen: dict[str, str] = batch.settings.get("columns", {})
    return [(name, chosen.get(name, "")) for name in dict.fromkeys((*chosen, *batch.result.get("unread_columns", ())))]


def _file_url(batch: ImportBatch) -> str:
    """Return the address of the form for another file, with the settings of this one."""
    settings = {name: value for name, value in batch.settings.items() if value and name in FileForm.base_fields}
    return f"{reverse('admin:questions_import')}?{urlencode({'exam': batch.settings['exam']} | settings)}"


def _redirect_to(batch: ImportBatch) -> HttpResponse:
    return redirect("admin:questions_importbatch_change", batch.pk)
