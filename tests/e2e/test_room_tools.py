"""Tools and keyboard of the exam room, and the room on a phone."""

import json
import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.e2e.conftest import Site, answer, assert_accessible, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import OFFLINE, attempt_id, bit, single, stored

# The name of the element that has the focus, and how far its ring is from the edges of the window.
RING = """() => {
  const focused = document.activeElement;
  const shown = focused.matches("[name=option]") ? focused.labels[0] : focused;
  const { outlineWidth, outlineOffset } = getComputedStyle(focused);
  const [box, ring] = [shown.getBoundingClientRect(), parseFloat(outlineWidth) + parseFloat(outlineOffset)];
  const [right, bottom] = [innerWidth - box.right, innerHeight - box.bottom];
  return [focused.innerText.trim(), box.left - ring, box.top - ring, right - ring, bottom - ring];
}"""
SIDES: tuple[tuple[Literal["x"], Literal["width"]], tuple[Literal["y"], Literal["height"]]] = (
    ("x", "width"),
    ("y", "height"),
)


def overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    assert one
    assert other
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in SIDES)


class TestTools:
    @pytest.mark.parametrize("forced_colors", ["none", "active"])
    def test_a_note_shows_on_the_answer_sheet(self, page: Page, site: Site, forced_colors: Any) -> None:
        page.emulate_media(forced_colors=forced_colors)
        start(page, site)
        cell = page.get_by_role("button", name="Question 1, unanswered")
        without = cell.screenshot()
        assert without == cell.screenshot()
        page.get_by_text("Note on question 1").click()
        page.get_by_label("Note on question 1").fill("compare the costs")
        expect(page.get_by_role("button", name="Question 1, unanswered, with a note")).to_be_visible()
        assert cell.screenshot() != without

    def test_notes_scratchpad_and_marks_are_restored_on_another_device(
        self, browser: Browser, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        page.get_by_text("Note on question 1").click()
        page.get_by_label("Note on question 1").fill("compare the costs")
        expect(page.get_by_role("button", name="Question 1, unanswered, with a note")).to_be_visible()
        page.get_by_role("button", name="Tools").click()
        page.get_by_label("Scratchpad for the whole exam").fill("come back to 12")
        code = page.locator("#tools b").inner_text()
        page.keyboard.press("Escape")
        page.evaluate(
            "const texts = document.createTreeWalker(stem, NodeFilter.SHOW_TEXT);"
            "while (texts.nextNode().length < 12);"
            "getSelection().setBaseAndExtent(texts.currentNode, 2, texts.currentNode, 12)"
        )
        expect(page.get_by_role("button", name="Highlight the text")).to_be_visible()
        expect(page.get_by_role("button", name="Remove the highlight")).to_be_hidden()
        page.get_by_role("button", name="Highlight the text").click()
        expect(page.locator("#stem mark")).to_have_count(1)
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#stem mark'))")
        expect(page.get_by_role("button", name="Remove the highlight")).to_be_visible()
        page.evaluate("getSelection().removeAllRanges()")
        marked = page.locator("#stem mark").inner_text()

        def notes() -> list[tuple[str, str]]:
            return site.sql(
                "SELECT text, highlights FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id "
                "WHERE a.uuid = ?",
                attempt_id(attempt),
            )

        wait_for(page, lambda: {text for text, _ in notes()} == {"compare the costs", "come back to 12"})
        wait_for(page, lambda: any("stem" in json.loads(marks) for _, marks in notes()))
        text = page.locator(".option-text [data-part]").first
        text.evaluate("e => e.scrollIntoView({block: 'center'})")
        box = text.bounding_box()
        assert box
        page.mouse.move(box["x"] + 2, box["y"] + 12)  # over the label: the drag must not choose the option
        page.mouse.down()
        page.mouse.move(box["x"] + 90, box["y"] + 12, steps=5)
        page.mouse.up()
        bar = page.locator("#mark-bar").bounding_box()
        assert bar
        assert abs(bar["y"] - box["y"]) < 120  # at the selection
        page.get_by_role("button", name="Highlight the text").click()
        expect(page.locator(".option-text mark").first).to_be_visible()  # several if there is code in the text
        assert page.locator("[name=option]:checked").count() == 0
        marked_option = page.locator(".option-text mark").all_inner_texts()
        wait_for(page, lambda: any(len(json.loads(marks)) == 2 for _, marks in notes()))
        device = browser.new_context()
        other = device.new_page()
        other.goto(f"{site.url}/return/")
        other.get_by_label(re.compile("code", re.IGNORECASE)).fill(code)
        other.locator("main form button").first.click()
        wait_for_room(other, 1)
        expect(other.locator("#stem mark")).to_have_text(marked)
        expect(other.locator(".option-text mark")).to_have_text(marked_option)
        expect(other.get_by_label("Note on question 1")).to_have_value("compare the costs")
        expect(other.get_by_role("button", name="Question 1, unanswered, with a note")).to_be_visible()
        other.get_by_role("button", name="Tools").click()
        expect(other.get_by_label("Scratchpad for the whole exam")).to_have_value("come back to 12")
        device.close()

    @pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
    def test_the_tools_cover_neither_next_nor_on_a_desktop_the_question(
        self, page: Page, site: Site, size: tuple[int, int]
    ) -> None:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        start(page, site)
        page.get_by_role("button", name="Tools").click()
        tools = page.locator("#tools").bounding_box()
        moves = page.locator(".room-moves").bounding_box()
        question = page.locator(".room-question").bounding_box()
        assert tools
        assert moves
        assert question
        assert tools["y"] + tools["height"] <= moves["y"] or tools["x"] >= moves["x"] + moves["width"]
        if size[0] == 1280:
            assert tools["x"] >= question["x"] + question["width"]
        page.locator("#tools").get_by_role("button", name="Close").click()
        expect(page.locator("#tools")).to_be_hidden()

    def test_a_question_is_shown_again_after_a_setting_was_stored_on_it(self, page: Page, site: Site) -> None:
        start(page, site)
        stem = page.locator("#stem").inner_text()
        page.get_by_role("button", name="Tools").click()
        with page.expect_response("**/sync/"):
            page.get_by_text("Large", exact=True).click()
        page.keyboard.press("Escape")
        next_question(page)
        page.keyboard.press("p")
        wait_for_room(page, 1)
        expect(page.locator("#stem")).to_have_text(re.compile(re.escape(stem[:40])))
        expect(page.get_by_role("heading", name="Question 1 of 65")).to_be_visible()

    def test_text_size_and_colors_take_effect_immediately_and_last(self, page: Page, site: Site) -> None:
        start(page, site)
        before = page.locator(".stem").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        page.get_by_role("button", name="Tools").click()
        page.get_by_text("Largest", exact=True).click()
        page.get_by_text("Dark", exact=True).click()
        assert page.locator(".stem").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > before
        page.keyboard.press("Escape")
        next_question(page)
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator("html")).to_have_attribute("data-size", "3")

    def test_a_question_is_reported_without_losing_the_answer(self, page: Page, site: Site, faults: list[str]) -> None:
        attempt = start(page, site)
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        page.get_by_role("button", name="Tools").click()
        page.get_by_role("button", name="Report a problem with this question").click()
        expect(page.get_by_label("What is wrong?")).to_be_visible()
        assert_accessible(page)
        page.get_by_label("What is wrong?").fill("Two options say the same.")
        page.get_by_role("button", name="Send report").click()
        expect(page.get_by_role("heading", name="Question 1 of 65")).to_be_visible()
        assert stored(site, attempt)[0] == tick
        expect(page.get_by_text("Thank you. Your report was sent to the authors of the question.")).to_be_visible()
        assert ("Two options say the same.", tick) in site.sql("SELECT text, ticked FROM questions_questionreport")


class TestAnswerSheet:
    def test_filters_hide_questions_count_them_and_lead_next(self, page: Page, site: Site) -> None:
        start(page, site)
        page.locator("button.cell[value='3']").click()
        wait_for_room(page, 3)
        answer(page)
        page.get_by_role("button", name="Flag for review").click()
        expect(page.get_by_role("button", name="Flagged for review")).to_be_visible()
        page.locator("button.cell[value='1']").click()
        wait_for_room(page, 1)
        filters = page.get_by_role("group", name="Show")
        filters.get_by_role("radio", name="1 Flagged").check()
        expect(page.locator(".sheet li:visible")).to_have_text(["1", "3"])  # the current question stays
        page.locator(".room-moves .next").click()
        wait_for_room(page, 3)
        expect(page.locator(".sheet li:visible")).to_have_text(["3"])
        page.reload()
        wait_for_room(page, 3)
        expect(filters.get_by_role("radio", name="1 Flagged")).to_be_checked()
        filters.get_by_role("radio", name="64 Unanswered").check()
        page.get_by_role("button", name="Clear answer").click()
        expect(filters.get_by_role("radio", name="65 Unanswered")).to_be_checked()
        assert_accessible(page)

    @pytest.mark.parametrize("height", [720, 650])
    def test_all_cells_fit_beside_the_question_on_a_low_screen(self, page: Page, site: Site, height: int) -> None:
        page.set_viewport_size({"width": 1280, "height": height})
        start(page, site)
        sheet = page.locator(".sheet")
        assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight")
        assert page.evaluate("document.getElementById('sheet').getBoundingClientRect().bottom <= innerHeight")
        for line in (".sheet-filter label", ".legend li"):
            tops = page.locator(line).evaluate_all("all => new Set(all.map(e => e.offsetTop)).size")
            assert tops == 1, line
        cell = page.locator("button.cell").first.bounding_box()
        assert cell
        assert cell["width"] >= 36
        assert cell["height"] >= 24

    def test_on_a_low_screen_the_cell_of_the_current_question_is_always_in_view(self, page: Page, site: Site) -> None:
        page.set_viewport_size({"width": 1280, "height": 480})
        attempt = start(page, site)
        in_view = (
            "(cell = document.querySelector('.cell[aria-current]'), sheet = cell.closest('.sheet')) => "
            "cell.getBoundingClientRect().bottom <= sheet.getBoundingClientRect().bottom + 1 && "
            "cell.getBoundingClientRect().top >= sheet.getBoundingClientRect().top - 1"
        )
        page.goto(f"{attempt}questions/59/")
        wait_for_room(page, 59)
        assert page.evaluate(f"({in_view})()")
        for position in (60, 61):
            next_question(page)
            assert page.evaluate(f"({in_view})()"), position
        page.locator("button.cell[value='64']").click()
        wait_for_room(page, 64)
        assert page.evaluate(f"({in_view})()")


class TestText:
    def test_code_is_not_broken_in_table_heads_and_at_hyphens(self, page: Page, site: Site) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        start(page, site)
        page.locator("#stem").evaluate(
            """stem => stem.innerHTML = `<p>Words that fill the line, <code>--enable-glue-datacatalog</code></p>
            <div class="scroll" tabindex="0"><table><thead><tr><th>Number of days</th>
            <th><code>count(DISTINCT region)</code></th><th>Number of regions in the bucket</th></tr></thead></table>
            </div>`"""
        )
        for code in page.locator("#stem code").all():
            assert code.evaluate("code => code.getBoundingClientRect().height < 30"), code.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_more_below_is_shown_while_a_part_of_an_option_is_hidden(self, page: Page, site: Site) -> None:
        start(page, site)
        more, last = page.locator(".more-below"), page.locator(".option").last
        moves = page.locator(".room-moves").bounding_box()
        assert moves
        for visible, shown in [(5, True), (-5, False)]:  # pixels of the last option behind the buttons
            page.set_viewport_size({"width": 1280, "height": 500})
            top = page.locator(".room-moves").evaluate("moves => moves.getBoundingClientRect().top")
            last.evaluate(f"(option) => scrollBy(0, option.getBoundingClientRect().bottom - {top} - {visible})")
            expect(more).to_be_visible() if shown else expect(more).to_be_hidden()

    def test_clear_answer_waits_for_a_tick_and_the_tint_covers_the_whole_row(self, page: Page, site: Site) -> None:
        start(page, site)
        clear, option = page.get_by_role("button", name="Clear answer"), page.locator(".option").first
        expect(clear).to_be_hidden()
        page.locator(".option label").first.click()
        expect(clear).to_be_visible()
        clear.click()
        expect(clear).to_be_hidden()
        page.mouse.move(5, 5)
        plain = option.evaluate("option => getComputedStyle(option).backgroundColor")
        expect(page.locator(".strike").first).to_be_visible()
        page.locator(".strike").first.hover()  # at the end of the row
        expect(option).not_to_have_css("background-color", plain)
        row, question = option.bounding_box(), page.locator(".room-question").bounding_box()
        assert row
        assert question
        assert row["x"] <= question["x"]
        assert row["x"] + row["width"] >= question["x"] + question["width"]

    @pytest.mark.complains(OFFLINE)
    @pytest.mark.parametrize("size", [(1280, 800), (1280, 650), (390, 844), (640, 400)])
    def test_the_line_about_an_outage_moves_nothing_and_covers_neither_heading_nor_focus_nor_buttons(
        self, page: Page, site: Site, size: tuple[int, int]
    ) -> None:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        start(page, site)
        page.evaluate("document.documentElement.dataset.size = '3'")  # the largest text
        page.locator("#stem").evaluate("stem => stem.append(...Array.from({length: 12}, () => stem.cloneNode(true)))")
        strip, option = page.locator("#message-save"), page.locator(".option").last
        places = """() => [...document.querySelectorAll("h1, .option, #note, .room-bar, .room-moves .next")]
          .map((part) => part.getBoundingClientRect().y)"""
        for end in ("scrollTo(0, 0)", "scrollTo(0, document.body.scrollHeight)"):
            page.evaluate(end)
            before = page.evaluate(places)
            page.context.set_offline(True)
            page.keyboard.press("m")
            expect(strip).to_be_visible()
            assert page.evaluate(places) == before
            page.context.set_offline(False)
            expect(strip).to_be_hidden()
            assert page.evaluate(places) == before
        page.context.set_offline(True)
        page.keyboard.press("m")
        expect(strip).to_be_visible()
        note, box = page.locator("#note").bounding_box(), strip.bounding_box()
        assert note
        assert box
        assert note["y"] + note["height"] <= box["y"], "at the end of the page, the line is below the note"
        page.evaluate("scrollTo(0, 0)")
        option.locator("input").focus()
        for part in (option, page.locator(":focus"), page.locator(".room-moves .next"), page.locator(".room-bar")):
            assert not overlap(part.bounding_box(), strip.bounding_box())
        page.evaluate("scrollTo(0, 0)")
        assert not overlap(page.locator("h1").bounding_box(), strip.bounding_box())
        page.context.set_offline(False)
        expect(strip).to_be_hidden()

    @pytest.mark.complains(OFFLINE)
    @pytest.mark.parametrize("button", ["Review answers", "Finish exam"])
    def test_the_sheet_of_a_phone_closes_to_say_that_leaving_needs_a_connection(
        self, page: Page, site: Site, button: str
    ) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        start(page, site)
        page.context.set_offline(True)
        page.locator(".option label").first.click()
        page.get_by_role("button", name="All questions").click()
        page.locator("#sheet").get_by_role("button", name=button).click()
        expect(page.locator("#sheet")).to_be_hidden()
        strip = page.locator("#message-save")
        expect(strip).to_contain_text(re.compile("change will be sent .*To review, report or finish, you need a"))
        assert strip.evaluate(
            """strip => { const {x, y, width, height} = strip.getBoundingClientRect();
              return document.elementFromPoint(x + width / 2, y + height / 2) === strip; }"""
        )
        page.context.set_offline(False)
        expect(strip).to_be_hidden()

    def test_focus_rings_are_whole_at_200_percent(self, page: Page, site: Site) -> None:
        page.set_viewport_size({"width": 640, "height": 400})
        start(page, site)
        page.locator(".skip").focus()
        seen = set()
        while "Next" not in seen:
            page.keyboard.press("Tab")
            name, *sides = page.evaluate(RING)
            seen.add(name)
            assert min(sides) >= 0, (name, sides)
        assert {"Tools", "Hide"} <= seen

    def test_the_largest_text_scales_code_and_contrast_keeps_its_box(self, page: Page, site: Site) -> None:
        start(page, site)
        page.locator("#stem").evaluate("stem => stem.innerHTML = '<pre><code>SELECT 1</code></pre>'")
        code = page.locator("#stem pre")
        size = code.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        page.evaluate("Object.assign(document.documentElement.dataset, {size: '3', contrast: 'more'})")
        assert code.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > 1.3 * size
        assert code.evaluate("e => getComputedStyle(e).borderTopColor") == "rgb(0, 0, 0)"


class TestKeyboard:
    def test_a_whole_exam_by_keyboard(self, page: Page, site: Site, faults: list[str]) -> None:
        attempt = start(page, site)
        for position in range(1, 66):
            hint = page.locator("#pick-hint")
            choose = int(hint.get_attribute("data-choose") or 1) if hint.count() else 1
            for digit in range(1, choose + 1):
                page.keyboard.press(str(digit) if position % 2 else "abcdef"[digit - 1])
            if position == 3:
                page.keyboard.press("m")
            page.keyboard.press("n")
            if position < 65:
                wait_for_room(page, position + 1)
        expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
        assert stored(site, attempt, 3)[2] == 1
        page.get_by_role("link", name="Finish exam").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Finish exam").focus()
        page.keyboard.press("Enter")
        expect(page.locator("h1 .word")).to_be_visible()

    def test_keys_strike_and_help_but_do_nothing_in_notes_with_modifiers_or_when_switched_off(
        self, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        page.keyboard.press("s")
        page.keyboard.press("2")
        expect(page.locator(".option").nth(1)).to_have_class(re.compile("struck"))
        page.keyboard.press("s")
        page.keyboard.press("c")
        expect(page.locator(".option").nth(2)).to_have_class(re.compile("struck"))
        page.keyboard.press("?")
        expect(page.locator("#keys-help")).to_be_visible()
        for line in ("A–F, 1–9 select an option", "M flag for review", "S, then A–F or 1–9 strike out an option"):
            expect(page.locator("#keys-help")).to_contain_text(re.compile(line.replace(" ", r"\s+")))
        page.keyboard.press("Escape")
        page.keyboard.press("Control+1")
        page.get_by_text("Note on question 1").click()
        page.get_by_label("Note on question 1").press_sequentially("n1f")
        expect(page.get_by_label("Note on question 1")).to_have_value("n1f")
        page.get_by_role("button", name="Tools").click()
        page.get_by_text("Keyboard shortcuts").click()
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        page.wait_for_timeout(300)
        assert page.locator("[name=option]:checked").count() == 0
        assert stored(site, attempt)[0] == 0

    @pytest.mark.parametrize("opening", ["click", "w"])
    def test_a_note_is_ready_for_writing_in_view_and_its_letters_change_no_answer(
        self, page: Page, site: Site, opening: str
    ) -> None:
        attempt = start(page, site)
        if opening == "click":
            page.get_by_text("Note on question 1").click()
        else:
            page.keyboard.press(opening)
        note = page.get_by_label("Note on question 1")
        expect(note).to_be_focused()
        page.keyboard.type("a bad cab, 2 next")
        expect(note).to_have_value("a bad cab, 2 next")
        field, moves = note.bounding_box(), page.locator(".room-moves").bounding_box()
        assert field
        assert moves
        assert field["height"] > 60
        assert field["y"] + field["height"] <= moves["y"]
        page.wait_for_timeout(300)
        assert page.locator("[name=option]:checked").count() == 0
        assert stored(site, attempt)[0] == 0
        note.blur()
        next_question(page)
        page.keyboard.press("p")
        wait_for_room(page, 1)
        page.get_by_text("Your note").click()
        expect(note).to_be_focused()
        expect(note).to_have_value("a bad cab, 2 next")

    @pytest.mark.parametrize("before", ["Flag for review", "Tools", "Hide"])
    def test_letters_answer_after_any_button(self, page: Page, site: Site, before: str) -> None:
        attempt = start(page, site)
        page.get_by_role("button", name=before).click()
        tick = bit(page, 1)
        page.keyboard.press("b")
        wait_for(page, lambda: stored(site, attempt)[0] == tick)

    def test_letters_choose_and_arrows_move_the_choice_as_in_any_group_of_radio_buttons(
        self, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        position = single(page)
        page.keyboard.press("b")
        expect(page.locator(".option input").nth(1)).to_be_checked()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".option input").nth(2)).to_be_checked()
        tick = bit(page, 2)
        wait_for(page, lambda: stored(site, attempt, position)[0] == tick)

    def test_focus_moves_to_the_heading_of_the_next_question(self, page: Page, site: Site) -> None:
        start(page, site)
        next_question(page)
        expect(page.locator("h1")).to_be_focused()


def test_the_room_works_on_a_phone(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    attempt = start(page, site)
    answer(page)
    page.get_by_role("button", name="All questions").click()
    expect(page.get_by_role("heading", name="1 of 65 answered")).to_be_visible()
    assert page.locator("#sheet").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.locator("button.cell[value='65']").evaluate("cell => cell.getBoundingClientRect().bottom < 700")
    assert_accessible(page, "#sheet")
    page.locator("button.cell[value='7']").click()
    expect(page.get_by_role("heading", name="Question 7 of 65")).to_be_visible()
    page.get_by_role("button", name="Tools").click()
    assert_accessible(page, "#tools")
    page.get_by_role("button", name="Close").first.click()
    page.goto(f"{attempt}summary/")
    expect(page.get_by_text("1 of 65 answered")).to_be_visible()
    context.close()
