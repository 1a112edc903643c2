"""Test the printed paper of a class."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Question, Revision
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db


def test_the_paper_says_how_many_to_choose_where_the_stem_does_not(client: Client) -> None:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.one_form_blueprint(), owner=owner)
    several = Question.objects.filter(current__choose=2, status="live").values("current")
    assert sitting.form is not None
    asked = {slot["revision"] for slot in sitting.form.plan}
    n = Revision.objects.filter(pk__in=several).filter(pk__in=asked).count()
    assert n > 0
    page = text(client.get(reverse("admin:exams_sitting_paper", args=[sitting.pk])))
    assert page.count("Choose 2.") == n


def test_a_paper_for_print_has_the_title_of_the_exam_and_a_box_for_each_option(client: Client) -> None:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.one_form_blueprint(), owner=owner)
    address = reverse("admin:exams_sitting_paper", args=[sitting.pk])
    page = client.get(address, {"key": "no"})
    heading = page.text.index('<h2 class="paper-title">A small exam</h2>')
    assert heading < page.text.index("<p>Class 7b</p>") < page.text.index("paper-name")
    options = sum(len(row["options"]) for row in page.context["questions"])
    assert page.text.count('class="tick-box"') == options > 40
    assert 'class="tick-box"' not in client.get(address).text, "with the key there is nothing to tick"


def test_an_exam_without_exam_domains_has_none_to_choose_from(client: Client) -> None:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.small_blueprint(scored=4, unscored=0, divided=False), owner=owner)
    assert not sitting.blueprint.exam.shows_domains
    page = client.get(reverse("admin:exams_sitting_choose", args=[sitting.pk]))
    assert "The paper: 0 of 4" in text(page)
    assert text(page).count("0 of 4") == 1
    assert 'name="domain"' not in page.text


def test_a_paper_is_chosen_from_an_empty_one_with_search_order_and_preview(client: Client) -> None:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.small_blueprint(scored=4, unscored=0, exams=3), owner=owner)
    address = reverse("admin:exams_sitting_choose", args=[sitting.pk])
    assert f'href="{address}"' in client.get(reverse("admin:exams_sitting_paper", args=[sitting.pk])).text
    page = client.get(address)
    assert "The paper: 0 of 4" in text(page)
    assert sitting.form is not None
    chosen: list[int] = []
    for domain in (1, 1, 2, 2):
        page = client.post(address, {"chosen": chosen, "domain": domain, "search": "1"})
        item, _revision, credit = page.context["choices"][0]
        assert item.domain == domain
        assert credit == "", "an equated exam has no points"
        page = client.post(address, {"chosen": chosen, "domain": domain, "add": item.revision})
        chosen.append(item.revision)
    assert "The paper: 4 of 4" in text(page)
    page = client.post(address, {"chosen": chosen, "up": chosen[3]})
    assert [item.revision for item, _row, _credit in page.context["chosen"]] == [*chosen[:2], chosen[3], chosen[2]]
    page = client.post(address, {"chosen": chosen, "remove": chosen[0]})
    assert [item.revision for item, _row, _credit in page.context["chosen"]] == chosen[1:]
    (item, _row, _credit), *_others = page.context["chosen"]
    Question.objects.filter(pk=item.question).update(search_text="how bees find home")
    page = client.post(address, {"q": "Home BEES", "search": "1"})
    assert [found for found, _row, _credit in page.context["choices"]] == [item]
    short = client.post(address, {"chosen": chosen[1:], "use": "1"})
    assert short.status_code == 422
    assert "First things: choose 2, not 1." in text(short)
    done = client.post(address, {"chosen": chosen, "use": "1"}, follow=True)
    assert "The paper has the questions that you chose." in text(done)
    sitting.refresh_from_db()
    assert [slot["revision"] for slot in sitting.form.plan] == chosen
    factories.class_attempt(sitting)
    late = client.post(address, {"chosen": chosen, "use": "1"})
    assert "Somebody has started this exam" in text(late)
    client.force_login(account("tom", "Instructor"))
    assert client.get(address).status_code == 404
