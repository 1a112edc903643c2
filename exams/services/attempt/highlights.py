"""Show highlights where no script runs: put <mark> around the marked characters of rendered HTML."""

from bisect import bisect_left
from collections.abc import Iterable
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate


def marked(html: str, spans: Iterable[Iterable[int]]) -> str:
    """Return the HTML with the characters of these [start, end] spans in <mark> elements.

    The offsets are those of the browser (static/js/room-highlight.js): UTF-16 units of the text without its tags.
    Text that is white space only is never marked.
    """
    marker = _Marker([(start, end) for start, end in spans])
    marker.feed(html)
    marker.close()
    marker.flush()
    return "".join(marker.parts)


class _Marker(HTMLParser):
    """Copies HTML, and marks the text between two tags at a time, so that elements stay nested."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._spans = spans
        self._text: list[str] = []
        self._offset = 0

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_entityref(self, name: str) -> None:
        self._text.append(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._text.append(unescape(f"&#{name};"))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.flush()
        self.parts.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        self.parts.append(f"</{tag}>")

    def flush(self) -> None:
        """Copy the text since the last tag, with its marks."""
        text, self._text = "".join(self._text), []
        # The offset of each character, and that of the end. JavaScript counts characters beyond U+FFFF twice.
        offsets = list(accumulate((1 + (character > "\uffff") for character in text), initial=self._offset))
        self._offset = offsets[-1]
        done = 0
        for start, end in self._spans if text.strip() else ():
            first, last = (min(bisect_left(offsets, offset), len(text)) for offset in (start, end))
            if first < last:
                self.parts += [_escaped(text[done:first]), "<mark>", _escaped(text[first:last]), "</mark>"]
                done = last
        self.parts.append(_escaped(text[done:]))


def _escaped(text: str) -> str:
    return escape(text, quote=False)
