"""Test the import in the browser: check a file, map its exam domains, import the good questions, undo."""

import re
from contextlib import ExitStack
from dataclasses import replace
from html import escape, unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from questions import task_queue
from questions.formats import bounded_reading, examples, registry
from questions.imports import steps
from questions.models import ExamDomain, ImportBatch, ImportFile, Job, Question, User
from questions.tasks import run_job
from tests.questions.admin.imports.import_pages import FILE, at, csv, draft, text, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


def page_of(client: Client, query: str = "") -> str:
    return text(client.get(at("importbatch_change") + query))


@pytest.mark.slow
def test_a_good_file_is_checked_imported_and_undone(admin_client: Client) -> None:
    page = upload(admin_client, csv(draft("labels"), draft("drift")), rating="60", as_of="2026-11-01")
    assert "2 of 2 can be imported." in text(page)
    assert not Question.objects.filter(origin="local").exists(), "opening the page writes nothing"
    done = admin_client.post(at("import_go"), follow=True)
    batch = ImportBatch.objects.get()
    assert batch.by == User.objects.get()
    assert (batch.file, batch.format, batch.state) == ("set 2.csv", "csv", "done")
    assert {
        (question.status, question.rating, str(question.as_of)) for question in Question.objects.filter(batch=batch)
    } == {("draft", 60, "2026-11-01")}
    assert "Give topics to 2" in text(done)
    assert not ImportFile.objects.exists(), "the upload is no longer needed"
    asked = text(admin_client.get(at("import_undo")))
    assert "2 new questions will be deleted" in asked
    assert Question.objects.filter(batch=batch).count() == 2, "the page only asks"
    undone = admin_client.post(at("import_undo"), follow=True)
    assert re.search(r"This import was undone\. By admin on \d", text(undone))
    assert "Import the file again" in text(undone)
    assert not Question.objects.filter(origin="local").exists()
    entries = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert entries == ["Started the import of set 2.csv.", "Undid the import of set 2.csv."]


def test_the_only_exam_is_not_asked_for(admin_client: Client) -> None:
    assert admin_client.get(FILE).context["form"].exam == "MLS-C01"


def test_of_several_exams_none_is_chosen_for_a_person_who_works_for_none(admin_client: Client) -> None:
    ExamDomain.objects.create(exam="AAA-C01", number=1, title="Another exam, whose code comes first")
    asked = admin_client.get(FILE)
    assert "Which exam are the questions for?" in text(asked)
    assert re.findall(r'href="\?exam=([^"]+)"', asked.text) == ["AAA-C01", "MLS-C01"]
    assert "Which exam" in text(upload(admin_client, csv(draft("labels"))))
    assert not ImportBatch.objects.exists(), "nothing is written into an exam that nobody chose"
    assert admin_client.get(FILE, {"exam": "AAA-C01"}).context["form"].exam == "AAA-C01"


def test_an_import_goes_into_the_exam_that_the_form_shows(admin_client: Client) -> None:
    ExamDomain.objects.create(exam="AAA-C01", number=1, title="Another exam, whose code comes first")
    form = admin_client.get(FILE, {"exam": "MLS-C01"}).text
    assert 'action="?exam=MLS-C01"' in form
    admin_client.post(f"{FILE}?exam=MLS-C01", {"file": SimpleUploadedFile("set.csv", csv(draft("labels")))})
    batch = ImportBatch.objects.get()
    assert batch.settings["exam"] == "MLS-C01"
    assert admin_client.post(at("import_drop"))["Location"].startswith(f"{FILE}?exam=MLS-C01&"), "so does another file"


def test_a_file_in_windows_1252_is_read_with_a_warning_on_the_page(admin_client: Client) -> None:
    page = upload(admin_client, csv(draft("na\u00efve labels")).decode().encode("cp1252"))
    sentence = (
        "The file is not UTF-8, so it was read as Windows-1252. Check accents and quotation marks, first in line 2."
    )
    assert sentence in text(page)
    assert "trouble with its na\u00efve labels" in text(page)
    assert admin_client.get(at("importbatch_change") + "?as=json").json()["warnings"] == [sentence]
    typed = {"text": "1. Which?\nA) One\nB) Two\nC) Three\nAnswer: B"}
    assert "Windows-1252" not in text(admin_client.post(reverse("admin:questions_import_preview"), typed))


def test_a_workbook_is_imported_and_its_refused_rows_come_back(admin_client: Client) -> None:
    name, data = examples.example_file("xlsx")
    assert "2 of 2 can be imported." in text(upload(admin_client, data, name, exam_domain="3"))
    assert "2 new questions were imported as drafts." in text(admin_client.post(at("import_go"), follow=True))


def test_only_good_questions_are_imported_with_that_button(admin_client: Client) -> None:
    page = upload(admin_client, csv(draft("labels"), draft("drift", "ab")))
    assert "Import 1 accepted question" in text(page)
    assert "✗ Refused" in text(page)
    refused = admin_client.get(at("import_refused"))
    assert refused["Content-Disposition"] == 'attachment; filename="set-2-refused.csv"'
    assert b"at least 3 are required" in refused.content
    assert admin_client.get(at("importbatch_change") + "?as=json").json()["counts"]["refused"] == 1
    assert "None." in page_of(admin_client, "?what=updated")
    admin_client.post(at("import_go"))
    assert not Question.objects.filter(origin="local").exists(), "without the option, the whole file or nothing"
    done = admin_client.post(at("import_go"), {"good_only": "1"}, follow=True)
    assert ImportBatch.objects.get().result["counts"]["created"] == 1
    assert "Correct 1 question that was left out" in text(done)
    assert "Correct the rows, then import the file again." in text(done)
    assert admin_client.get(at("import_refused")).content == refused.content, "it is kept as long as the import"


@pytest.mark.slow
def test_the_refused_questions_of_a_file_that_is_no_table_are_corrected_in_the_file_itself(
    admin_client: Client,
) -> None:
    good, short = ("- [ ] One\n- [x] Two\n- [ ] Three\n", "- [ ] One\n- [x] Two\n")
    data = f"## Modeling\n\nWhich way helps?\n\n{good}\nWhich other way helps?\n\n{short}".encode()
    upload(admin_client, data, "list.md")
    done = text(admin_client.post(at("import_go"), {"good_only": "1"}, follow=True))
    assert "Correct 1 question that was left out" in done
    assert "Correct your own file, then import it again. What is imported already stays as it is." in done
    assert "Correct the rows" not in done
    assert "1 is in the bank already and stays as it is." in text(upload(admin_client, data, "list.md"))


@pytest.mark.slow
def test_an_unknown_exam_domain_is_mapped(admin_client: Client) -> None:
    page = upload(admin_client, csv(draft("labels"), draft("drift"), domain="Deep things"))
    assert "Choose the exam domains" in text(page)
    assert "▲ No exam domain" in text(page)
    assert "✗ Refused" not in text(page), "the questions wait for a choice"
    assert "Refused 0" in text(page)
    again = admin_client.post(at("import_again"), {"domain_name": "Deep things", "domain_number": "2"}, follow=True)
    assert "2 of 2 can be imported." in text(again)
    admin_client.post(at("import_go"))
    assert {question.exam_domain.number for question in Question.objects.filter(origin="local")} == {2}


@pytest.mark.slow
def test_the_mapping_of_an_exam_domain_stays_visible_and_can_be_changed(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels"), domain="Deep things"))
    again = admin_client.post(at("import_again"), {"domain_name": "Deep things", "domain_number": "2"}, follow=True)
    assert '<option value="2" selected>' in text(again)
    taken_back = admin_client.post(at("import_again"), {"domain_name": "Deep things", "domain_number": ""}, follow=True)
    assert "0 of 1 can be imported." in text(taken_back)
    admin_client.post(at("import_again"), {"domain_name": "Deep things", "domain_number": "1"})
    admin_client.post(at("import_go"))
    assert Question.objects.get(origin="local").exam_domain.number == 1


@pytest.mark.slow
def test_questions_without_an_exam_domain_get_one_on_the_page_of_the_check(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels"), domain="Modeling") + csv(draft("drift"), domain="").split(b"\n", 1)[1])
    page = page_of(admin_client)
    assert "1 of 2 can be imported." in page
    assert "1 question without an exam domain" in page
    again = admin_client.post(at("import_again"), {"exam_domain": "4"}, follow=True)
    assert "2 of 2 can be imported." in text(again)
    assert '<option value="4" selected>' in text(again), "it can still be changed"
    admin_client.post(at("import_go"))
    assert {question.exam_domain.number for question in Question.objects.filter(origin="local")} == {3, 4}


def test_a_lost_picture_a_table_in_an_option_and_tex_are_warnings_on_the_row(admin_client: Client) -> None:
    table = "| a | b |\n  |---|---|\n  | 1 | 2 |"
    stem = "What do \\\\frac{a}{b}, $x^2$ and $x_$ mean? ![A curve](https://x.example/curve.png)"
    lines = f"{stem}\n\n- [ ] One\n- [x] Two\n- [ ] "
    page = text(upload(admin_client, f"## Modeling\n\n{lines}{table}\n".encode(), "list.md"))
    assert "▲ New, check the text" in page
    assert "Not imported: the picture https://x.example/curve.png." in page
    assert "Option C has a table, which is shown as plain text." in page
    assert "The formula in the stem is shown as typed: \\frac{a}{b}, " in page
    assert "In the stem: The formula &#x27;x_&#x27; is shown as code: nothing follows ^ or _." in page
    assert "Check the text 1" in page
    assert page_of(admin_client, "?what=warned").count('<td class="n"') == 1


@pytest.mark.parametrize("name", ["list.csv", "list.bin"])
def test_the_form_keeps_its_settings_after_a_file_that_was_not_imported(admin_client: Client, name: str) -> None:
    data = csv(draft("labels", "ab")) if name == "list.csv" else b"Dear all"
    page = upload(admin_client, data, name, license="CC BY 4.0", collection="our-set", rating="55")
    if name == "list.csv":
        form = admin_client.post(at("import_drop"), follow=True)
    else:
        (address,) = re.findall(r'href="([^"]*)">Choose another file', text(page))
        form = admin_client.get(unescape(address))
    assert {name: form.context["form"][name].value() for name in ("license", "collection", "rating")} == {
        "license": "CC BY 4.0", "collection": "our-set", "rating": "55",
    }  # fmt: skip


def test_the_license_of_an_import_is_chosen_or_typed_and_remembered(admin_client: Client) -> None:
    refused = upload(admin_client, csv(draft("labels")), license="other", license_other="")
    assert "Enter the other license, or choose one from the list." in text(refused)
    upload(admin_client, csv(draft("labels")), license="other", license_other="School only")
    admin_client.post(at("import_go"))
    assert Question.objects.get(origin="local").license == "School only"
    form = admin_client.get(reverse("admin:questions_import")).text
    assert '<option value="School only" selected>' in form, "the next import begins with it"


@pytest.mark.slow
def test_the_count_of_each_filter_is_the_number_of_its_rows(admin_client: Client) -> None:
    near = replace(draft("labels"), stem=draft("labels").stem.replace("trouble", "some trouble"))
    upload(admin_client, csv(draft("labels"), near, draft("drift", "ab"), draft("gulls", "abcde")))
    counts = dict(re.findall(r'<a href="\?what=(\w*)"[^>]*>[^<]*?(\d+)</a>', page_of(admin_client)))
    assert (counts[""], counts["refused"], counts["alike"]) == ("4", "1", "1")
    assert counts["checks"] == "3", "a question without rationales fails a check"
    for name, count in counts.items():
        page = page_of(admin_client, f"?what={name}")
        assert page.count('<td class="n"') == int(count), name
        if name == "checks":
            assert len(re.findall(r"\d+ checks? failed", page)) == int(count)


def test_a_rule_that_several_options_break_is_named_once(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels")))
    [row] = ImportBatch.objects.get().rows.all()
    assert row.rules.count("W:missing-rationale") > 1
    page = page_of(admin_client)
    assert f"{len(row.findings)} checks failed" in page
    assert "This does not hold yet:" in page
    assert all(page.count(f"<li>{escape(definition)}</li>") == 1 for definition in row.findings)


def explained(explanation: str) -> bytes:
    return csv(replace(draft("labels"), explanation=explanation), draft("drift"))


@pytest.mark.slow
def test_a_changed_draft_is_named_with_what_changes_and_can_stay_beside_a_new_question(admin_client: Client) -> None:
    upload(admin_client, explained("Old."))
    admin_client.post(at("import_go"))
    ImportBatch.objects.update(file="first.csv")
    old = Question.objects.get(code__startswith="a-company-has-trouble-with-its-labels")
    upload(admin_client, explained("New."))
    batch = ImportBatch.objects.latest("pk")
    here = at("importbatch_change", batch)
    page = text(admin_client.get(here))
    assert f'changes your draft <a href="/admin/questions/question/{old.pk}/change/">{old.code}</a>' in page
    assert '<dt>explanation, here</dt> <dd class="literal">Old.</dd>' in page
    assert "1 question changes one that the bank has" in page
    assert "1 is in the bank already and stays as it is." in page
    assert "Import 1 question (1 changed)" in page
    assert "Check again" not in page, "no question waits for a choice"
    page = text(admin_client.post(at("import_again", batch), {"as_new": "1"}, follow=True))
    assert "New" in page
    assert "Change the question of the bank instead" in page
    page = text(admin_client.post(at("import_again", batch), {"as_change": "1"}, follow=True))
    assert "changes your draft" in page
    admin_client.post(at("import_again", batch), {"as_new": "1"})
    done = text(admin_client.post(at("import_go", batch), follow=True))
    assert "1 new question was imported as a draft." in done
    assert "Unchanged: 1" in done
    texts = Question.objects.filter(code__startswith="a-company-has-trouble-with-its-labels").order_by("pk")
    assert [question.revisions.get().explanation for question in texts] == ["Old.", "New."]


@pytest.mark.slow
def test_an_import_that_only_changes_questions_says_so(admin_client: Client) -> None:
    upload(admin_client, explained("Old."))
    admin_client.post(at("import_go"))
    upload(admin_client, explained("New."))
    batch = ImportBatch.objects.latest("pk")
    done = text(admin_client.post(at("import_go", batch), follow=True))
    assert "1 question of the bank was changed. Unchanged: 1" in re.sub(r" ?</?[bp]> ?", " ", done).replace("  ", " ")
    assert "imported as" not in done
    assert "1 question, " in text(admin_client.get("/admin/"))
    undone = text(admin_client.post(at("import_undo", batch), follow=True))
    assert "This import was undone." in undone
    assert "Unchanged: 1" not in undone


@pytest.mark.slow
@pytest.mark.parametrize("domain", ["", "Deep things"])
def test_a_file_that_is_stored_already_asks_for_nothing(admin_client: Client, domain: str) -> None:
    upload(admin_client, csv(draft("labels")))
    admin_client.post(at("import_go"))
    again = text(upload(admin_client, csv(draft("labels"), domain=domain), exam_domain="3"))
    assert "The bank has all questions of this file already. There is nothing to import." in again
    assert "can be imported" not in again
    assert "Check again" not in again
    assert "Choose the exam domains" not in again


def test_a_duplicate_question_names_the_line_of_the_first(admin_client: Client) -> None:
    page = text(upload(admin_client, csv(draft("labels"), draft("drift"), draft("labels"))))
    assert "The question has the same text as question 1 of the file (line 2)." in page


def test_pasted_questions_are_imported_like_a_file(admin_client: Client) -> None:
    pasted = "1. Which service streams?\nA) One\nB) Two\nC) Three\nAnswer: B\n"
    page = admin_client.post(FILE, {"text": pasted, "exam_domain": "1"}, follow=True)
    assert "1 of 1 can be imported." in text(page)


def test_typed_text_is_parsed_for_a_preview_and_not_stored(admin_client: Client) -> None:
    here = reverse("admin:questions_import_preview")
    page = text(admin_client.post(here, {"text": "1. Which streams?\nA) One\nB) Two\nC) Three\nAnswer: B\n"}))
    assert "1 question was recognized:" in page
    assert "<b>✓ Two</b>" in page
    assert "at least 3 are required" in text(
        admin_client.post(here, {"text": "1. Which?\nA) One\nB) Two\nAnswer: B\n"})
    )
    assert "The file contains no question." in text(admin_client.post(here, {"text": "Dear all"}))
    assert "too long for a preview" in text(admin_client.post(here, {"text": "x" * 200_000}))
    assert not text(admin_client.post(here, {"text": " "}))
    assert not ImportBatch.objects.exists()


def test_a_preview_does_not_wait_while_others_read_files(admin_client: Client) -> None:
    typed = {"text": "1. Which streams?\nA) One\nB) Two\nC) Three\nAnswer: B\n"}
    with ExitStack() as others:
        for _ in range(bounded_reading.FILES_AT_ONCE):
            others.enter_context(bounded_reading.place())
        page = text(admin_client.post(reverse("admin:questions_import_preview"), typed))
    assert "Others are reading files now. Try again in a moment." in page
    assert "1 question was recognized:" in text(admin_client.post(reverse("admin:questions_import_preview"), typed))


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"a,b\n1,2\n", "The header has no column"), (b"\x00\x01\x02", "not recognized")]
)
def test_an_unreadable_file_gets_the_reason(admin_client: Client, data: bytes, sentence: str) -> None:
    page = text(upload(admin_client, data, "x.csv" if sentence.startswith("The header") else "x.bin"))
    assert sentence in page
    assert "Nothing was imported." in page
    assert not ImportFile.objects.exists()


def test_a_form_without_a_file_gets_a_message(admin_client: Client) -> None:
    assert "Choose a file or paste questions." in text(admin_client.post(FILE, {}))


@pytest.mark.slow
def test_the_stored_result_of_the_check_is_filtered_and_paginated(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    drafts = [draft(f"{word} number {n}") for n in range(30) for word in ("labels", "cameras")]
    upload(admin_client, csv(*drafts, draft("sails", "ab")), exam_domain="3")
    monkeypatch.setattr(registry, "read", None)
    first = page_of(admin_client)
    assert "Page 1 of 2" in first
    assert "Refused 1" in first
    assert first.index("✗ Refused") < first.index("labels number 0"), "refused questions come first"
    assert "Page 2 of 2" in page_of(admin_client, "?page=2")
    assert page_of(admin_client, "?what=refused").count('<td class="n"') == 1
    assert "Nearly the same as question" in page_of(admin_client, "?what=alike")
    with django_assert_max_num_queries(30):
        page_of(admin_client, "?what=created")


def test_a_checked_file_can_be_discarded(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels")))
    assert admin_client.post(at("import_drop"))["Location"].startswith(FILE)
    assert not ImportBatch.objects.exists()
    assert not ImportFile.objects.exists()


@pytest.mark.slow
def test_a_large_file_is_processed_by_the_worker_while_the_page_shows_the_progress(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(task_queue, "send", lambda task, pk, limit: sent.append(pk))
    monkeypatch.setattr(steps, "MAX_INLINE_BYTES", 0)
    monkeypatch.setattr(steps, "MAX_INLINE_ROWS", 0)
    page = upload(admin_client, csv(draft("labels"), draft("drift")))
    batch = ImportBatch.objects.get()
    assert "Reading the file." in text(page)
    assert 'http-equiv="refresh"' in text(page), "the page also reloads without scripts"
    Job.objects.update(progress=1, total=2)
    polled = admin_client.get(at("importbatch_change"), headers={"HX-Request": "true"})
    assert "1 of 2" in text(polled)
    assert "<html" not in text(polled)
    run_job(sent[-1])
    assert admin_client.get(at("importbatch_change"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "2 of 2 can be imported." in page_of(admin_client)
    assert "Importing the questions." in text(admin_client.post(at("import_go"), follow=True))
    run_job(sent[-1])
    assert "2 new questions were imported as drafts" in page_of(admin_client)
    assert "Undoing the import." in text(admin_client.post(at("import_undo"), follow=True))
    run_job(sent[-1])
    assert "This import was undone." in page_of(admin_client)
    assert len(sent) == 3
    assert set(Job.objects.values_list("kind", "key", "state")) == {("import", str(batch.pk), "done")}


def test_a_get_starts_nothing(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels")))
    for what in ("import_go", "import_again", "import_drop"):
        assert admin_client.get(at(what)).status_code == 405
    assert ImportBatch.objects.get().state == "checked"


def test_points_partial_credit_and_id_of_a_table_are_imported(admin_client: Client) -> None:
    rows = (
        "Id,Question,A,B,C,D,Answer,Default mark,Partial credit",
        "tide-01,Which two waters rise and fall with the moon?,Sea,Bay,Pond,Well,A;B,2.5,yes",
        "tide-02,Which of these is a boat?,Oar,Dinghy,Buoy,Quay,B,-1,no",
        "tide-03,Which of these floats on the tide?,Anchor,Stone,Keel,Cork,D,1,no",
    )
    page = text(upload(admin_client, "\n".join(rows).encode(), "own.csv", exam_domain="1"))
    assert "Row 3, column 'Default mark': '-1' cannot be read. Write from 0.01 to 100 points" in unescape(page)
    assert "Key A, B; 2.5 points; partial credit" in page
    assert "Key D; 1 point<" in page
    admin_client.post(at("import_go"), {"good_only": "1"})
    question = Question.objects.get(code="tide-01")
    assert (question.worth, question.partial) == (250, True)


def test_a_column_with_a_name_of_its_own_is_chosen_on_the_page_of_the_check(admin_client: Client) -> None:
    rows = "Question,A,B,C,Answer,Gewicht,Level\nWhich of these is a boat?,Oar,Dinghy,Buoy,B,2,easy"
    page = upload(admin_client, rows.encode(), "own.csv", exam_domain="1")
    assert "Columns that are not imported: 'Gewicht', 'Level'." in unescape(text(page))
    posted = {"column_name": ["Gewicht", "Level"], "column_head": ["Points", ""]}
    page = admin_client.post(at("import_again"), posted, follow=True)
    assert "Columns that are not imported: 'Level'." in unescape(text(page))
    assert "<option selected>Points</option>" in page.text
    admin_client.post(at("import_go"))
    assert Question.objects.get(origin="local").worth == 200
    admin_client.post(at("import_again"), {"column_name": ["Level"], "column_head": ["no such column"]})
    assert ImportBatch.objects.get().settings["columns"] == {"Gewicht": "Points"}


MOODLE = b"""<quiz><question type="multichoice"><name><text>Tides</text></name>
<questiontext><text>Which two waters rise and fall with the moon?</text></questiontext><single>false</single>
<answer fraction="50"><text>Sea</text></answer><answer fraction="50"><text>Bay</text></answer>
<answer fraction="-25"><text>Pond</text></answer><answer fraction="-25"><text>Well</text></answer></question></quiz>"""


def test_other_partial_credit_is_left_out_with_that_tick(admin_client: Client) -> None:
    page = text(upload(admin_client, MOODLE, "quiz.xml", exam_domain="1"))
    assert "or import the question with full credit only" in page
    page = text(admin_client.post(at("import_again"), {"asks_credit": "1", "full_credit_only": "on"}, follow=True))
    assert "1 of 1 can be imported." in page
    assert "Taken with full credit only: its partial credit in the file is left out." in page
    assert "0 of 1 can be imported." in text(admin_client.post(at("import_again"), {"asks_credit": "1"}, follow=True))
    admin_client.post(at("import_again"), {"asks_credit": "1", "full_credit_only": "on"})
    admin_client.post(at("import_go"))
    assert not Question.objects.get(origin="local").partial


def test_the_form_of_a_file_has_the_tick_for_full_credit_only(admin_client: Client) -> None:
    page = upload(admin_client, MOODLE, "quiz.xml", exam_domain="1", full_credit_only="on")
    assert "1 of 1 can be imported." in text(page)


@pytest.mark.slow
@pytest.mark.parametrize("name", examples.FORMATS)
def test_each_example_file_can_be_imported_unchanged(admin_client: Client, name: str) -> None:
    file = admin_client.get(reverse("admin:questions_import_example", args=[name]))
    title = file["Content-Disposition"].split('"')[1]
    assert reverse("admin:questions_import_example", args=[name]) in text(admin_client.get(FILE))
    page = text(upload(admin_client, file.content, title, exam_domain="1"))
    count = 1 if name == "aiken" else 2  # which does not support two keys
    assert f"{count} of {count} can be imported." in page
    assert ImportBatch.objects.get().format == name


def test_an_unknown_example_is_a_404(admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:questions_import_example", args=["docx"])).status_code == 404


def test_the_list_links_to_import_and_export(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels")))
    page = text(admin_client.get(reverse("admin:questions_importbatch_changelist")))
    assert FILE in page
    assert reverse("admin:questions_export") in page
    assert "checked, not imported" in page
    assert at("importbatch_change") in page
