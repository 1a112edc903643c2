"""Test key rulings in the admin: their preview, what candidates are told, a second key, a point for everybody."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, KeyRuling, ScoreReport
from exams.services.attempt import ending
from exams.services.attempt.effective_keys import EffectiveKey
from exams.services.results import rescoring
from questions.models import Blueprint, Job, Question, QuestionReport, Revision
from questions.services import jobs, revisions
from tests import factories
from tests.exams.admin.results.disputed_questions import RULE, form, other, page, staff, text
from tests.exams.services.results.key_rulings import carry_out
from tests.factories import NOW, handed_in, scored
from tests.sitting import browser

pytestmark = pytest.mark.django_db


def test_the_preview_shows_the_changes_and_writes_nothing(attempt: Attempt, revision: Revision) -> None:
    answer = staff(*RULE).post(reverse("admin:exams_keyruling_preview", args=[revision.pk]), form(revision))
    page_text = text(answer)
    [change] = rescoring.preview(revision, EffectiveKey(1 << other(revision))).rescored
    assert change.after is not None
    for part in (
        "The key changes from",
        "1 exam contains this revision",
        "1 of 1 affected scores is recomputed",
        "use a new revision with the corrected key",
    ):
        assert part in page_text
    assert re.search(rf"attempt {str(attempt.uuid)[:8]} .* 1000 {change.after.scaled} {change.points} ", page_text)
    assert not KeyRuling.objects.exists()
    assert Question.objects.get(pk=revision.question_id).current_id == revision.pk


def test_the_preview_warns_that_the_ruling_overtakes_an_unpublished_wording(revision: Revision) -> None:
    client, address = staff(*RULE), reverse("admin:exams_keyruling_preview", args=[revision.pk])
    overtaken = "Revision 2 is in progress and has the old key."
    assert overtaken not in text(client.post(address, form(revision)))
    revisions.revise(revision.question, now=NOW, by=None)
    assert overtaken in text(client.post(address, form(revision)))
    assert overtaken not in text(client.post(address, form(revision, what="withdraw")))


@pytest.mark.slow
def test_confirming_stores_the_ruling_rescores_answers_reports_and_informs_the_candidate(
    attempt: Attempt, revision: Revision, report: QuestionReport
) -> None:
    client = staff(*RULE)
    preview = client.post(
        reverse("admin:exams_keyruling_preview", args=[revision.pk]), form(revision, answer="The key was wrong.")
    )
    fields = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', preview.content.decode())
    assert {name for name, _ in fields} >= {"what", "key", "reason", "answer", "last"}
    done = client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), dict(fields), follow=True)
    assert "The ruling is stored." in text(done)
    assert "1 report is answered and closed." in text(done)
    ruling = KeyRuling.objects.get()
    assert (ruling.new_key, ruling.reason, ruling.by) == (
        1 << other(revision),
        "The page says so.",
        done.context["user"],
    )
    page_text = LogEntry.objects.get(action_flag=ADDITION).get_change_message()
    assert re.fullmatch(
        rf"Corrected the key of revision 1 of {revision.question.code} from [A-D] to [A-D]. The page says so.",
        page_text,
    )

    carry_out(ruling, timezone.now)
    finished = client.get(page(revision))
    assert "Done: 1 score changed" in text(finished)
    assert "<progress" not in finished.content.decode()  # though its job waits on
    listed = text(client.get(reverse("admin:exams_keyruling_changelist")))
    assert "Done: 1 score changed" in listed
    new = ScoreReport.objects.get(ruling=ruling).scaled
    notice = f"Your score of 1 April 2026 changed from 1000 to {new}: a question was corrected."
    hers = browser(attempt.candidate)
    for address in (reverse("report", args=[attempt.uuid]), reverse("history")):
        assert notice in text(hers.get(address))
    assert "The key of this question was corrected" in text(hers.get(reverse("review", args=[attempt.uuid])))
    assert notice not in text(browser(factories.candidate()).get(reverse("history")))


@pytest.mark.slow
@pytest.mark.usefixtures("attempt")
def test_the_page_shows_how_far_the_job_of_a_ruling_is(revision: Revision) -> None:
    client = staff(*RULE)
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision))
    ruling = KeyRuling.objects.get()
    assert "<progress" in client.get(page(revision)).content.decode()
    seen = []

    def look(*_step: int) -> None:
        seen.append(client.get(page(revision), headers={"HX-Request": "true"}).content.decode())

    jobs.run(Job.objects.get(kind="ruling").pk, timezone.now, look)
    assert '<progress value="1" max="1"' in seen[-1]
    assert all("hx-get" in fragment for fragment in seen)
    KeyRuling.objects.filter(pk=ruling.pk).update(progress={})
    Job.objects.filter(kind="ruling").update(state="failed", error="OSError: full")
    failed = text(client.get(page(revision)))
    assert "It has failed" in failed
    assert "OSError" not in failed


@pytest.mark.slow
def test_the_front_page_shows_the_newest_change(settings: Any, attempt: Attempt, revision: Revision) -> None:
    front, hers = reverse("front"), browser(attempt.candidate)
    assert "Your score of" not in text(hers.get(front))
    client = staff(*RULE)
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision, what="withdraw"))
    carry_out(KeyRuling.objects.get(), timezone.now)
    page = hers.get(front)
    assert "Your score of 1 April 2026 was recomputed and is still 1000: a question was withdrawn." in text(page)
    assert page.text.count(f'href="{reverse("report", args=[attempt.uuid])}"') == 1
    assert "Your score of" not in text(Client().get(front))


@pytest.mark.slow
def test_a_retained_score_is_explained_on_the_report() -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint(scored=4)))
    revision = attempt.responses.filter(scored=True)[0].revision
    client = staff(*RULE)
    preview = client.post(reverse("admin:exams_keyruling_preview", args=[revision.pk]), form(revision, what="withdraw"))
    assert "unchanged: too few questions left" in text(preview)
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision, what="withdraw"))
    carry_out(KeyRuling.objects.get(), timezone.now)
    assert "Too few questions are left for a new score, so this score still applies." in text(
        browser(attempt.candidate).get(reverse("report", args=[attempt.uuid]))
    )


@pytest.mark.slow
def test_a_second_answer_is_previewed_accepted_and_shown_to_the_candidate(revision: Revision) -> None:
    lucky = scored(handed_in(0, blueprint=Blueprint.objects.get()))
    ticked = lucky.responses.get(revision=revision).ticked
    written = form(revision, what="accept", key=[ticked.bit_length() - 1])
    client = staff(*RULE)
    preview = text(client.post(reverse("admin:exams_keyruling_preview", args=[revision.pk]), written))
    for part in (
        "is accepted as well as",
        "1 of 2 affected scores is recomputed",
        "1 candidate gains",
        "New exams accept both answers too.",
    ):
        assert part in preview
    assert "candidate loses" not in preview
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), written)
    ruling = KeyRuling.objects.get()
    assert (ruling.kind, ruling.new_key, ruling.also) == (KeyRuling.Kind.ACCEPT, revision.key, ticked)
    carry_out(ruling, timezone.now)
    letters = [option.letter for option in revision.options.all() if (revision.key | ticked) >> option.bit & 1]
    assert f"{' or '.join(sorted(letters))} accepted." in text(client.get(page(revision)))
    hers = browser(lucky.candidate)
    assert "a second answer to a question was accepted." in text(hers.get(reverse("report", args=[lucky.uuid])))
    log = LogEntry.objects.get(action_flag=ADDITION).get_change_message()
    assert re.fullmatch(rf"Accepted [A-E] as well as [A-E] in revision 1 of {revision.question.code}. .*", log)
    assert "second key accepted" in text(client.get(reverse("admin:exams_keyruling_changelist")))


@pytest.mark.slow
def test_a_point_for_everybody_says_who_loses_and_by_how_much(revision: Revision) -> None:
    lower = scored(handed_in(3, blueprint=Blueprint.objects.get()))
    client, written = staff(*RULE), form(revision, what="credit", key=[])
    preview = text(client.post(reverse("admin:exams_keyruling_preview", args=[revision.pk]), written))
    changes = rescoring.preview(revision, EffectiveKey(revision.key, credited=True)).rescored
    [points] = [change.points for change in changes if change.points]
    assert "Everybody gets the point for the question." in preview
    assert f"1 candidate {'gains' if points > 0 else 'loses'} {abs(points)} points." in preview
    assert "The question is retired. New exams do not use it." in preview
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), written)
    carry_out(KeyRuling.objects.get(), timezone.now)
    shown = text(client.get(page(revision)))
    assert "Everybody has the point for this revision, with any answer." in shown
    assert "gave everybody the point." in shown
    hers = browser(lower.candidate)
    assert "everybody got the point for a question." in text(hers.get(reverse("report", args=[lower.uuid])))


@pytest.mark.slow
def test_the_preview_of_a_percent_exam_tells_percentage_points_from_points_and_which_grades_change() -> None:
    blueprint = factories.percent_blueprint(60, scored=25)
    sitting = factories.sitting(blueprint, owner=factories.user("ines"), grades="60 pass\n64 good")
    attempt = factories.class_attempt(sitting, "Ana Silva")
    factories.tick(attempt, 15)
    ending.finish(attempt, NOW)
    scored(attempt)
    wrong = attempt.responses.filter(correct=False).select_related("revision").order_by("position")[0]
    client, address = staff(*RULE, "view_attempt"), reverse("admin:exams_keyruling_preview", args=[wrong.revision_id])
    preview = text(client.post(address, form(wrong.revision, what="credit", key=[])))
    assert "1 candidate gains 4 percentage points (1 point of 25)." in preview
    assert "The grade of 1 person listed below changes." in preview
    assert re.search(r"Ana Silva .* 60% 64% \+1 PASS pass → good", preview)
    preview = text(client.post(address, form(wrong.revision, what="withdraw", key=[])))
    assert "1 candidate gains 3 percentage points (from 15 of 25 to 15 of 24 points)." in preview
    assert re.search(r"Ana Silva .* 60% 63% 15 of 25 → 15 of 24 PASS pass", preview)
    assert "The grade of" not in preview
