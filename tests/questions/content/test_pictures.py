"""Test pictures in texts: rendered with their alternative text, left out of the prose, and nothing else becomes one."""

import pytest

from questions.content.markdown import render, render_inline, render_stem
from questions.content.pictures import describe_images, describe_pictures, markdown
from questions.content.prose import ask, words

NAME = f"images/{'a1' * 32}.png"
PICTURE = markdown(NAME, "A curve")


def test_a_picture_is_an_image_named_relative_to_the_site() -> None:
    assert render(f"See {PICTURE}.") == f'<p>See <img src="{NAME}" alt="A curve">.</p>'
    assert render_inline(PICTURE) == f'<img src="{NAME}" alt="A curve">'
    assert render(markdown(NAME, 'a "b" <c> [d]')) == f'<p><img src="{NAME}" alt="a &quot;b&quot; &lt;c&gt; (d)"></p>'


@pytest.mark.parametrize(
    "text",
    ["![a](https://x.example/a.png)", "![a](images/a.png)", f"![a](/{NAME})", f"`{PICTURE}`", f"![a]({NAME[:-3]}svg)"],
)
def test_nothing_else_is_an_image(text: str) -> None:
    assert "<img" not in render(text)


def test_the_question_of_a_stem_is_never_a_picture() -> None:
    html = render_stem(f"It has a curve. Which fits\n\n{PICTURE}")
    assert '<p class="ask">Which fits</p>' in html
    assert ask(f"Which fits?\n\n{PICTURE}") == "Which fits?"


def test_html_for_other_programs_has_the_alternative_text() -> None:
    assert describe_images(render(f"See {PICTURE}.")) == "<p>See [Picture: A curve].</p>"


def test_a_picture_is_no_prose() -> None:
    assert words(f"See {PICTURE} here") == ("see", "here")
    assert describe_pictures(f"See {PICTURE}, {markdown(NAME, '')}.") == "See [Picture: A curve], [Picture]."
