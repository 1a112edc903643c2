"""Test stored pictures: kept once, found by name, and deleted when no text names them."""

from datetime import timedelta

import pytest

from questions.content.pictures import markdown
from questions.models import AutosavedEdit, Image, Option, Revision, User
from questions.services import images, jobs
from tests import authoring
from tests.authoring import NOW
from tests.pictures import cleaned

pytestmark = pytest.mark.django_db
RED, BLUE = cleaned("red"), cleaned("blue")
LATER = NOW + timedelta(days=8)


def test_a_picture_is_stored_once_and_found_by_name() -> None:
    images.store([RED, RED], now=NOW, by=None)
    images.store([RED], now=LATER, by=None)
    assert Image.objects.count() == 1
    assert images.unknown({RED.name, BLUE.name, RED.name.replace("png", "jpg")}) == {
        BLUE.name, RED.name.replace("png", "jpg"),
    }  # fmt: skip
    assert dict(images.data_of({RED.name, BLUE.name})) == {RED.name: RED.data}


def test_a_column_of_html_has_addresses_and_stores_none(author: User) -> None:
    question = authoring.question(author)
    revision = question.revisions.get()
    revision.explanation_html = f'<img src="{RED.name}" alt="">'
    revision.save()
    revision.refresh_from_db()
    assert revision.explanation_html == f'<img src="/{RED.name}" alt="">'
    revision.save()
    assert Revision.objects.filter(pk=revision.pk, explanation_html__contains=f'src="{RED.name}"').exists()


@pytest.mark.parametrize("place", ["nowhere", "stem", "rationale", "autosave"])
def test_pictures_that_no_text_names_are_deleted_after_a_week(author: User, place: str) -> None:
    images.store([RED], now=NOW, by=author)
    text = markdown(RED.name, "Red")
    question = authoring.question(author)
    revision = question.revisions.get()
    if place == "stem":
        Revision.objects.filter(pk=revision.pk).update(stem=text)
    elif place == "rationale":
        Option.objects.filter(revision=revision, ordinal=0).update(rationale=text)
    elif place == "autosave":
        AutosavedEdit.objects.create(question=question, user=author, data={"stem": [text]}, at=NOW)
    for now, remain in ((NOW + timedelta(days=6), True), (LATER, place != "nowhere")):
        jobs.run(jobs.request("unused_pictures", now=now).pk, lambda now=now: now)
        assert Image.objects.exists() == remain
