"""Import and export in the browser: file > check > done, with undo; every step is a page that works without scripts.

The checked file lies in the data directory under its hash for a day; all else that the steps know is in the address,
so Back and Reload do what they say. Only the last button writes.
"""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from questions.admin.import_forms import FileForm, SettingsForm
from questions.admin.readonly import ReadOnlyAdmin
from questions.interchange import formats, importing, stored
from questions.interchange.exporting import export
from questions.interchange.import_batch import UNDONE, WRITING, carry_out, touched, undo
from questions.interchange.import_plan import REFUSED, Outcome, Plan, Settings
from questions.interchange.refused_file import refused_file
from questions.lifecycle import Refused
from questions.lint import Context, lint
from questions.models import ImportBatch, Question

_SHA = re.compile(r"[0-9a-f]{64}\Z")
_KEPT = timedelta(days=1)
_PASTED = "pasted.txt"
_ON_A_PAGE = 100
_LINTED = 1000  # more questions are not looked through while somebody waits for a page
_GUESSABLE = ("key-longer", "key-shorter", "key-form-differs", "key-only-stem-word", "absolutes-in-distractors")


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["file", "format", "at", "by", "state"]
    list_select_related = ["by"]
    change_list_template = "admin/questions/importbatch/list.html"

    @admin.display(description=gettext_lazy("state"))
    def state(self, batch: ImportBatch) -> str:
        said = {UNDONE: _("undone"), WRITING: _("not finished: import the file again, or undo it")}
        return said.get(batch.result.get("state", ""), _("done"))

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.file_view), name="questions_import"),
            path("import/<str:sha256>/", wrap(self.check_view), name="questions_import_check"),
            path(
                "import/<str:sha256>/refused/", wrap(require_safe(self.refused_view)), name="questions_import_refused"
            ),
            path("export/", wrap(require_safe(self.export_view)), name="questions_export"),
            path("<int:pk>/change/", wrap(require_safe(self.done_view)), name="questions_importbatch_change"),
            path("<int:pk>/undo/", wrap(require_POST(self.undo_view)), name="questions_import_undo"),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """Step 1: the file and what holds for all of it."""
        _may_import(request)
        exam = _exam(request)
        form = FileForm(exam, request.POST, request.FILES) if request.method == "POST" else FileForm(exam)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            data = said["file"].read() if said["file"] else said["text"].encode()
            name = Path(said["file"].name).name if said["file"] else _PASTED
            kept = {key: str(value) for key, value in said.items() if key not in ("file", "text") and value}
            address = reverse("admin:questions_import_check", args=[_keep(data)])
            return HttpResponseRedirect(f"{address}?{urlencode({'name': name, 'exam': exam, **kept})}")
        return self._page(request, "file", _("Import questions"), form=form, exam=exam, exams=stored.exam_codes())

    def check_view(self, request: HttpRequest, sha256: str) -> HttpResponse:
        """Step 2: what would become of each question, and the button that writes."""
        _may_import(request)
        data = _kept(sha256)
        if data is None:
            self.message_user(request, _("The file is no longer here. Choose it again."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:questions_import"))
        name = request.GET.get("name", "")[-300:]
        plan = _plan(request, data, name)
        if request.method == "POST":
            try:
                batch = carry_out(
                    plan, name, sha256, now=timezone.now(), by=_user(request), good_only="good_only" in request.POST
                )
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
            if batch is None:
                self.message_user(request, _("There is nothing to import: all of it is here already."), messages.INFO)
                return HttpResponseRedirect(request.get_full_path())
            return HttpResponseRedirect(reverse("admin:questions_importbatch_change", args=[batch.pk]))
        if request.GET.get("as") == "json":
            return HttpResponse(json.dumps(plan.as_json(), ensure_ascii=False), content_type="application/json")
        shown = request.GET.get("what", "")
        outcomes = [each for each in _by_weight(plan) if not shown or each.what == shown]
        page = Paginator(outcomes, _ON_A_PAGE).get_page(request.GET.get("page"))
        return self._page(
            request, "check", _("Check the import"), plan=plan, name=name, sha256=sha256, page=page, shown=shown,
            counts=plan.counts(), writes=len(plan.planned), refused=plan.counts()[REFUSED],
            domains=importing.exam_domains(plan.settings.exam), address=_address(request),
            query=request.GET.urlencode(), hidden=_hidden(request.GET), format=formats.FORMATS.get(plan.format),
        )  # fmt: skip

    def refused_view(self, request: HttpRequest, sha256: str) -> HttpResponse:
        """The refused questions as a file with a column of reasons."""
        _may_import(request)
        data = _kept(sha256)
        if data is None:
            raise Http404
        name = request.GET.get("name", "")
        title, content = refused_file(data, name, _plan(request, data, name))
        return _download(title, content)

    def done_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Step 3: what was written, what there is to do with it, and undo."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(ImportBatch, pk=pk)
        rows = [each for each in batch.result.get("questions", []) if each["what"] == REFUSED]
        undone = batch.result.get("state") == UNDONE
        return self._page(
            request, "done", _("Import of %(file)s") % {"file": batch.file}, batch=batch, refused=rows, undone=undone,
            counts=batch.result.get("counts", {}), written=Question.objects.filter(batch=batch).count(),
            no_topic=Question.objects.filter(batch=batch, topic=None).count(), guessable=_guessable(batch),
            touched=[] if undone else touched(batch), state=self.state(batch),
            questions=reverse("admin:questions_question_changelist") + f"?batch__id__exact={batch.pk}",
        )  # fmt: skip

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes an import back while nobody has worked on it."""
        _may_import(request)
        batch = get_object_or_404(ImportBatch, pk=pk)
        try:
            count = undo(batch, now=timezone.now(), by=_user(request))
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            said = ngettext("%(count)d question is as it was before.", "%(count)d questions are as before.", count)
            self.message_user(request, said % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:questions_importbatch_change", args=[pk]))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """What each format loses, and the files themselves."""
        if not request.user.has_perm("questions.view_question"):
            raise PermissionDenied
        chosen = request.GET.get("format")
        if chosen is None:
            return self._page(request, "export", _("Export questions"), losses=formats.losses())
        format = formats.FORMATS.get(chosen)
        if format is None or not format.writes:
            raise Http404
        return _download(f"questions{format.ending}", export(format).data)

    def _page(self, request: HttpRequest, step: str, title: str, **context: Any) -> TemplateResponse:
        known = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "step": step, **context}
        return TemplateResponse(request, f"admin/questions/importbatch/{step}.html", known)


def _may_import(request: HttpRequest) -> None:
    if not request.user.has_perm("questions.add_question"):
        raise PermissionDenied


def _user(request: HttpRequest) -> Any:
    return request.user


def _exam(request: HttpRequest) -> str:
    codes = stored.exam_codes()
    chosen = request.GET.get("exam", "")
    return chosen if chosen in codes else (codes[0] if codes else "")


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "imports"
    return folder


def _keep(data: bytes) -> str:
    """Keeps an uploaded file for the next steps, and throws old ones away."""
    folder, sha256 = _folder(), importing.sha256(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = (timezone.now() - _KEPT).timestamp()
    for file in folder.iterdir():
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
    (folder / sha256).write_bytes(data)
    return sha256


def _kept(sha256: str) -> bytes | None:
    file = _folder() / sha256
    return file.read_bytes() if _SHA.match(sha256) and file.is_file() else None


def _plan(request: HttpRequest, data: bytes, name: str) -> Plan:
    exam = _exam(request)
    form = SettingsForm(exam, MultiValueDict(dict(request.GET.lists())))
    mapping = {
        called: int(number)
        for called, number in zip(request.GET.getlist("called"), request.GET.getlist("number"), strict=False)
        if number.isdecimal()
    }
    chosen = form.settings(mapping) if form.is_valid() else Settings(exam, mapping=mapping)
    return importing.plan(formats.read(data, name, request.GET.get("format", "")), chosen)


def _by_weight(plan: Plan) -> list[Outcome]:
    """What needs eyes first: refused, skipped, updated; then the others in the order of the file."""
    order = {what: place for place, what in enumerate((REFUSED, "skipped", "updated"))}
    return sorted(plan.outcomes, key=lambda each: (order.get(each.what, 9), each.number))


def _address(request: HttpRequest) -> str:
    """The query of this page without what the links of the page set themselves."""
    query = request.GET.copy()
    for key in ("what", "page"):
        query.pop(key, None)
    return query.urlencode()


def _hidden(query: QueryDict) -> list[tuple[str, str]]:
    """What the form of unknown exam domains has to carry along."""
    return [(key, value) for key, values in query.lists() for value in values if key not in ("what", "page")]


def _guessable(batch: ImportBatch) -> list[tuple[str, int]]:
    """Rules by which keys can be guessed, with the number of questions of the batch that break them."""
    context = Context(today=date.min, installed=True)
    found: Counter[str] = Counter()
    if Question.objects.filter(batch=batch).count() > _LINTED:
        return []
    for each in stored.questions(Q(batch=batch)):
        found.update({finding.rule for finding in lint(each.draft, context)} & set(_GUESSABLE))
    return sorted(found.items(), key=lambda pair: -pair[1])


def _download(name: str, content: bytes) -> HttpResponse:
    # Never shown in the page: what stands in a file is its author's.
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}"'
    return response
