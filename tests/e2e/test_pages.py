"""Test the pages around the exam: no axe fault, no horizontal scrolling, no violation of the policy."""

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Site, assert_accessible, start, wait_for

PUBLIC = [
    "accounts/login/",
    "accounts/signup/",
    "accounts/password/reset/",
    "return/",
    "leave/",
    "privacy/",
    "history/",
    "missed/",
    "practice/",
    "plan/",
    "settings/",
    "notes/",
    "guide/search/?q=firehose",
    *(
        pytest.param(path, marks=pytest.mark.complains("status of 404"))
        for path in ("nothing-here/", "attempts/11111111-1111-4111-8111-111111111111/")
    ),
]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_accessible_and_fit_a_phone(viewer: Page, site: Site, path: str) -> None:
    viewer.goto(f"{site.url}/{path}")
    expect(viewer.locator("h1")).to_be_visible()
    expect(viewer.locator("link[rel=icon]")).to_have_count(1)
    assert_accessible(viewer)
    viewer.set_viewport_size({"width": 320, "height": 700})
    content_width, window_width = viewer.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert content_width <= window_width


@pytest.mark.parametrize("width", [320, 360, 390, 480])
def test_the_links_of_the_navigation_stay_apart_on_a_phone(viewer: Page, site: Site, width: int) -> None:
    viewer.set_viewport_size({"width": width, "height": 700})
    viewer.goto(f"{site.url}/practice/")
    boxes = [link.bounding_box() for link in viewer.get_by_role("navigation", name="Main").get_by_role("link").all()]
    for left, right in pairwise(boxes):
        assert left
        assert right
        assert right["y"] >= left["y"] + left["height"] or right["x"] >= left["x"] + left["width"] + 12
        assert right["height"] >= 40
        assert right["x"] + right["width"] <= width


def test_pages_of_a_guest_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    attempt = start(page, site)
    page.goto(f"{site.url}/account/")
    assert_accessible(page)
    page.goto(f"{site.url}/account/delete/")
    assert_accessible(page)
    page.goto(f"{site.url}/leave/")
    assert_accessible(page)
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="An exam is running")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{attempt}finish/?end=without-score")
    assert_accessible(page)
    page.get_by_role("button", name="End without a score").click()
    expect(page.get_by_role("heading", name="Ended without a score")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{attempt}review/")
    assert_accessible(page)
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="Next best step")).to_be_visible()
    assert_accessible(page)


def test_a_printed_review_has_the_reasons_beside_the_question_where_the_paper_is_wide(page: Page, site: Site) -> None:
    attempt = start(page, site)
    page.locator(".option label").first.click()
    expect(page.locator("#save")).to_contain_text("Saved")
    page.goto(f"{attempt}finish/?end=without-score")
    page.get_by_role("button", name="End without a score").click()
    expect(page.get_by_role("heading", name="Ended without a score")).to_be_visible()
    page.goto(f"{attempt}review/")
    page.emulate_media(media="print")
    for width, beside in ((1017, True), (688, False)):  # A4 without its margins, wide and upright
        page.set_viewport_size({"width": width, "height": 700})
        question = page.locator(".reviewed-question").first
        stem, why = question.locator(".stem").bounding_box(), question.locator(".why").bounding_box()
        assert stem
        assert why
        assert (why["x"] >= stem["x"] + stem["width"]) is beside
        cut = "facts => [...facts.children].filter(cell => cell.scrollWidth > cell.clientWidth).length"
        assert question.locator(".facts").evaluate(cut) == 0, "words run into the next column"


def test_pages_have_one_right_edge_and_the_current_page_does_not_move_the_navigation(viewer: Page, site: Site) -> None:
    viewer.set_viewport_size({"width": 1280, "height": 800})
    places = set()
    for path in ("practice/", "plan/", "history/", "guide/", "leave/", "privacy/"):
        viewer.goto(f"{site.url}/{path}")
        links = viewer.get_by_role("navigation", name="Main").get_by_role("link")
        navigation = tuple(tuple((link.bounding_box() or {}).items()) for link in links.all())
        main, foot = viewer.locator("main").bounding_box(), viewer.locator("footer").bounding_box()
        assert main
        assert foot
        assert foot["y"] + foot["height"] >= 799, "the footer is not at the bottom of a short page"
        places.add((navigation, main["x"] + main["width"]))
    assert len(places) == 1


# Columns of at least 150 pixels, side by side, of which one has nothing to show: [page, columns] for each.
EMPTY_COLUMNS = """[...document.querySelectorAll('main, main *')].flatMap(grid => {
  const style = getComputedStyle(grid);
  const columns = style.display === 'grid' && grid.checkVisibility() ? style.gridTemplateColumns.split(' ') : [];
  let start = grid.getBoundingClientRect().left + parseFloat(style.paddingLeft);
  return columns.filter(column => {
    const end = start + parseFloat(column);
    const empty = end - start >= 150 && ![...grid.children].some(child => {
      const box = child.getBoundingClientRect();
      return box.height > 0 && box.left < end - 1 && box.right > start + 1;
    });
    start = end + (parseFloat(style.columnGap) || 0);
    return empty;
  }).map(() => grid.className || grid.tagName);
})"""


def test_no_column_is_left_empty_and_the_rules_of_options_are_as_wide_as_their_question(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    attempt = start(page, site)
    assert_rules_as_wide_as(page, ".room-question")
    page.locator(".option label").first.click()
    expect(page.locator("#save")).to_contain_text("Saved")
    page.goto(f"{attempt}finish/")
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_be_visible()
    around = ("", "exams/mls-c01/", "practice/", "history/", "method/", "account/", "missed/")
    for address in (
        *(f"{attempt}{path}" for path in ("report/", "review/", "review/1/")),
        *(f"{site.url}/{path}" for path in around),
    ):
        page.goto(address)
        assert page.evaluate(EMPTY_COLUMNS) == [], address
        edge = page.locator("main").evaluate(
            "main => main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight)"
        )
        reach = page.locator("main *").evaluate_all(
            "all => Math.max(...all.filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().right))"
        )
        assert reach >= edge - 1, f"{address}: the page ends {edge - reach} pixels before its right edge"
    page.goto(f"{attempt}review/1/")
    assert_rules_as_wide_as(page, ".room-question")


def assert_rules_as_wide_as(page: Page, question: str) -> None:
    """Assert that the lines between options begin where the text of the stem begins, and end with its column."""
    stem, column = page.locator(".stem").bounding_box(), page.locator(question).bounding_box()
    left, right = page.locator(".option").first.evaluate(
        """option => {
          const box = option.getBoundingClientRect(), rule = getComputedStyle(option, '::after');
          return [box.left + parseFloat(rule.left), box.right - parseFloat(rule.right)];
        }"""
    )
    assert stem
    assert column
    assert abs(left - stem["x"]) < 1
    assert abs(right - column["x"] - column["width"]) < 1


@pytest.mark.complains("status of 404")
def test_the_chosen_theme_is_there_at_the_first_paint(browser: Browser, site: Site) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(f"{site.url}/guide/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("footer").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    context.add_init_script(
        """window.colors = [];
        const look = () => {
          if (document.body) colors.push(getComputedStyle(document.body).backgroundColor);
          requestAnimationFrame(look);
        };
        requestAnimationFrame(look);"""
    )
    held: list[Route] = []
    painted = False
    page.route("**/*.js", lambda route: route.continue_() if painted else held.append(route))
    for path in ("", "guide/", "practice/", "accounts/login/", "nothing-here/"):
        painted = False  # no script of the site runs before the first paint
        page.goto(f"{site.url}/{path}", wait_until="commit")
        wait_for(page, lambda: page.evaluate("colors.length > 1"))
        assert set(page.evaluate("colors")) == {dark}, path
        painted = True  # what a script imports is asked for after it has come
        while held:
            held.pop().continue_()
        page.wait_for_load_state()
    context.close()


def test_links_that_stand_alone_are_24_pixels_high_on_a_phone(viewer: Page, site: Site) -> None:
    viewer.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "practice/", "plan/", "guide/", "history/"):
        viewer.goto(f"{site.url}/{path}")
        low = viewer.locator("footer a, .site a, main li > a:only-child, main p > a:only-child").evaluate_all(
            """links => links.filter(link => link.offsetParent && link.getBoundingClientRect().height < 24
            && link.textContent.trim() === link.parentNode.textContent.trim()).map(link => link.textContent)"""
        )
        assert low == [], path


def test_pages_of_an_account_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/accounts/signup/")
    page.locator("[name=username]").fill("axe-tester")
    page.locator("[name=password1]").fill("a long and quiet password")
    expect(page.get_by_text("This server does not send email. If you forget your password, ask")).to_be_visible()
    page.get_by_label("Show the password").check()
    expect(page.locator("[name=password1]")).to_have_attribute("type", "text")
    assert_accessible(page)
    page.get_by_label("Show the password").uncheck()
    expect(page.locator("[name=password1]")).to_have_attribute("type", "password")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "signup" not in url)
    page.goto(f"{site.url}/account/")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert_accessible(page)
    for path in ("accounts/password/change/", "account/sign-out-everywhere/", "accounts/logout/"):
        page.goto(f"{site.url}/{path}")
        assert_accessible(page)


def test_a_page_requests_nothing_from_other_hosts(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/accounts/login/")
    page.locator("[name=login]").fill("somebody")
    assert len(asked) > 1, "the page requested nothing, not even the style sheet"
    assert [url for url in asked if not url.startswith(site.url)] == []
