"""Test that the SVG of matplotlib loses its styles and nothing else."""

import pytest

from questions.bank.figures.clean_svg import cleaned
from questions.bank_files.figures import svg_faults

# As matplotlib 3.11 writes it, shortened.
SOURCE = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="360pt" height="223.2pt" viewBox="0 0 360 223.2"
  xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><creator>Matplotlib</creator></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
 <g id="figure_1">
  <g id="line2d_1">
   <path d="M 43.4901 243.8049 L 348.251234 4.81" clip-path="url(#p1)"
     style="fill: none; stroke-dasharray: 8.14,3.52; stroke-dashoffset: 0; stroke: #b45f06; stroke-width: 2.2"/>
   <defs><path id="m1" d="M 0 0 L 0 3.5" style="stroke: #101010; stroke-width: 0.8"/></defs>
   <use xlink:href="#m1" x="43.49" y="243.8" style="fill: #101010; stroke: #101010; stroke-width: 0.8"/>
   <text style="font: 12px 'DejaVu Sans'; text-anchor: middle" x="194.2" y="93.1" transform="rotate(-0 1 9)">0.5</text>
   <text style="font: bold 12px 'DejaVu Sans'; fill: #0b5394" x="1" y="2">good</text>
  </g>
 </g>
 <defs><clipPath id="p1"><rect x="43.49" y="4.81" width="304.8" height="239"/></clipPath></defs>
</svg>"""


def test_styles_become_attributes_and_colors_become_classes() -> None:
    svg = cleaned(SOURCE, "roc")
    assert "style" not in svg
    assert 'class="s-orange"' in svg
    assert 'fill="none"' in svg
    assert 'stroke-width="2.2"' in svg
    assert 'stroke-dasharray="8.14,3.52"' in svg
    assert 'x="194.2" y="93.1" font-size="12" text-anchor="middle" class="f-ink">0.5</text>' in svg
    assert 'font-weight="bold"' in svg
    assert 'class="f-blue"' in svg
    assert list(svg_faults(svg, "roc.svg")) == []


def test_what_a_page_does_not_need_is_dropped() -> None:
    svg = cleaned(SOURCE, "roc")
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 223.2">')
    for text in ("DOCTYPE", "metadata", "DejaVu", "figure_1", "line2d", "xlink", "rotate", "360pt"):
        assert text not in svg
    assert "M 43.49 243.8 L 348.25 4.81" in svg


def test_ids_and_what_names_them_begin_with_the_name_of_the_figure() -> None:
    svg = cleaned(SOURCE, "roc")
    assert 'id="roc-m1"' in svg
    assert 'href="#roc-m1"' in svg
    assert 'id="roc-p1"' in svg
    assert 'clip-path="url(#roc-p1)"' in svg


def test_a_color_that_no_theme_has_is_refused() -> None:
    with pytest.raises(ValueError, match="#123456 is not in the palette"):
        cleaned(SOURCE.replace("#b45f06", "#123456"), "roc")
