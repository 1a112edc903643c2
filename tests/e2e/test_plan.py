"""Test the plan, the settings and the marks of study pages in a browser, with and without scripts."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, assert_accessible


def test_a_tick_keeps_the_place_the_focus_and_the_open_weeks(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/plan/?exam=MLS-C01")
    expect(page.get_by_text("0 of 119 topics of AWS ML Specialty practiced, 0 worked through.")).to_be_visible()
    week = page.locator("#week-3")
    week.locator("summary").click()
    tick = week.get_by_role("button").nth(4)
    name = tick.get_attribute("aria-label")
    assert name is not None
    tick.focus()
    top = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 119 topics of AWS ML Specialty practiced, 1 worked through.")).to_be_visible()
    expect(week).to_have_attribute("open", "")
    expect(page.locator("#week-1")).to_have_attribute("open", "")
    expect(week.get_by_role("button", name=name, exact=True)).to_be_focused()
    expect(week.get_by_role("button", name=name, exact=True, pressed=True)).to_be_visible()
    assert page.evaluate("scrollY") == top
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 of 119 topics of AWS ML Specialty practiced, 0 worked through.")).to_be_visible()


def test_what_is_ticked_today_stays_in_the_list_of_today_as_done(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/plan/")
    due = page.locator("#due ~ ul .plan-topic")
    titles = due.get_by_role("link").all_inner_texts()
    tick = due.first.get_by_role("button", name="Worked through:")
    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "true")
    expect(tick).to_be_focused()
    assert due.get_by_role("link").all_inner_texts() == titles


def test_a_target_date_and_ticks_work_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/plan/?exam=MLS-C01")
    page.get_by_label("Exam date").fill((datetime.now(tz=UTC).date() + timedelta(days=400)).isoformat())
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.locator("#week-1").get_by_role("button").first.click()
    expect(page.get_by_text("1 of 119 topics of AWS ML Specialty practiced, 1 worked through.")).to_be_visible()
    expect(page.get_by_text("The topics of today are practiced.")).to_be_visible()
    context.close()


def test_settings_show_at_once_and_hold_on_a_study_page(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/settings/")
    sample = page.locator(".settings-sample")
    size = sample.evaluate("element => getComputedStyle(element).fontSize")
    page.get_by_label("Largest").check()
    page.get_by_role("group", name="Colors").get_by_label("Dark").check()
    assert sample.evaluate("element => getComputedStyle(element).fontSize") > size
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    page.goto(f"{site.url}/guide/glue-etl-jobs/")
    paragraph = page.locator(".study-page .text p").first
    assert paragraph.evaluate("element => getComputedStyle(element).fontSize") == "23px"
    page.get_by_role("button", name="Page read").click()
    expect(page.get_by_role("button", name="Page read", pressed=True)).to_be_visible()
    assert_accessible(page)


def test_a_search_leads_from_the_guide_to_a_topic(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/guide/?exam=MLS-C01")
    page.get_by_role("searchbox").fill("firehose buffer")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Firehose delivery destinations").click()
    expect(page.get_by_role("heading", name="Firehose delivery destinations")).to_be_visible()
