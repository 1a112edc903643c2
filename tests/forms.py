"""Reads a form of a page as a browser would send it back unchanged."""

from html.parser import HTMLParser
from typing import Any


class Fields(HTMLParser):
    """The fields of the form with this id and of what follows it; `data` can be posted."""

    def __init__(self, page: str, form: str = "write") -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._area = self._select = ""
        self._off = False
        self.feed(page[page.index(f'id="{form}"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        self._off = self._off or tag == "template"
        if self._off:
            return
        if tag == "input" and name and said.get("type") != "submit":
            self._input(name, said)
        elif tag == "textarea":
            self._area = name
            self.data[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in said:
            self.data[self._select] = said.get("value") or ""

    def _input(self, name: str, said: dict[str, str | None]) -> None:
        value = said.get("value") or ""
        if said.get("type") == "radio":
            if "checked" in said:
                self.data[name] = value
        elif said.get("type") == "checkbox":
            if "checked" in said:
                self.data.setdefault(name, []).append(value or "on")
        elif said.get("type") == "hidden" and name in self.data:
            had = self.data[name]
            self.data[name] = [*(had if isinstance(had, list) else [had]), value]
        else:
            self.data[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "template":
            self._off = False

    def handle_data(self, data: str) -> None:
        if self._area and not self._off:
            self.data[self._area] += data.lstrip("\n") if not self.data[self._area] else data
