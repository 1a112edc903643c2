"""Test the study guide in a browser: public, at every width, from the menu to the last topic."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible


@pytest.fixture
def page(viewer: Page) -> Page:
    """Return the page that all tests share: they only look."""
    return viewer


def test_the_guide_leads_from_the_menu_to_a_topic_and_the_next(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/guide/glossary/?exam=MLS-C01")  # menu and links stay with the exam that the address names
    guide = page.get_by_role("navigation", name="Main").get_by_role("link", name="Study guide")
    expect(guide).to_have_text("Study guide", use_inner_text=True)  # as it is seen: with the gap
    guide.click()
    expect(page.get_by_role("link", name="Begin: ")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{site.url}/practice/?exam=MLS-C01")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="Search")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    guide.click()
    expect(page.get_by_role("link", name="Begin: ")).to_be_visible()
    page.wait_for_load_state()  # and the script, which hears the key
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("link", name="XGBoost for tabular data").click()
    expect(page.get_by_role("heading", name="XGBoost for tabular data")).to_be_visible()
    for heading in ("What to decide", "How it works", "The exam asks", "Do not confuse", "References"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Next topic Linear Learner").click()
    expect(page.get_by_role("heading", name="Linear Learner", exact=True)).to_be_visible()
    page.get_by_role("link", name="Modeling").click()
    expect(page.get_by_role("heading", name="Modeling", exact=True)).to_be_in_viewport()


def test_from_the_guide_to_a_former_name_of_a_service_and_to_its_topic(
    page: Page, site: Site, faults: list[str]
) -> None:
    page.goto(f"{site.url}/guide/?exam=MLS-C01")
    page.get_by_role("link", name="Services from A to Z").click()
    expect(page.get_by_role("heading", name="Amazon Kinesis Data Streams")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("paragraph").filter(has_text="Kinesis Data Firehose: see").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Amazon Data Firehose")).to_be_in_viewport()
    page.get_by_role("link", name="Firehose delivery destinations").first.click()
    page.get_by_role("link", name="Amazon Redshift").click()
    expect(page.get_by_role("heading", name="Amazon Redshift")).to_be_in_viewport()


def test_the_glossary_is_readable(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/guide/?exam=MLS-C01")
    page.get_by_role("link", name="Glossary").click()
    expect(page.get_by_role("term").filter(has_text="Confusion matrix")).to_be_visible()
    assert_accessible(page)


def test_a_page_with_a_table_has_no_fault(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/guide/etl-engine-choice/")
    expect(page.get_by_role("table").first).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_of_the_guide_scrolls_horizontally(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in (
        "",
        "services/",
        "glossary/",
        "etl-engine-choice/",
        "imbalance-aware-metrics/",
        "golden-images-and-containers/",
    ):
        page.goto(f"{site.url}/guide/{path}")
        content_width, window_width = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert content_width <= window_width, f"{path} is {content_width} px wide in a window of {window_width}"
