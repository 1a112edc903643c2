"""The forms of a page, with the data that a browser without JavaScript would submit."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_NO_DATA_TYPES = ("submit", "button", "image", "reset", "file")


@dataclass
class Button:
    name: str
    value: str
    text: str = ""


@dataclass
class Form:
    """One form: fields in page order as (name, value), answer options as (value, checked), and buttons."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    options: list[tuple[str, bool]] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Any]:
        """The values by name; a list if a name has several values."""
        values: dict[str, Any] = {}
        for name, value in self.fields:
            if name not in values:
                values[name] = value
            elif isinstance(values[name], list):
                values[name].append(value)
            else:
                values[name] = [values[name], value]
        return values

    def data(self, button: Button | None = None, ticks: list[str] | None = None) -> dict[str, Any]:
        """Return the data that a button submits, with the checked answer options or with `ticks`."""
        data = self.values
        data["option"] = [value for value, checked in self.options if checked] if ticks is None else ticks
        if button:
            data[button.name] = button.value
        return data

    def button(self, name: str, value: str | None = None) -> Button:
        return next(button for button in self.buttons if button.name == name and value in (None, button.value))


class _Parser(HTMLParser):
    """Collect forms by id. A field outside of its form is assigned by its `form` attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self._open: Form | None = None
        self._button: Button | None = None
        self._textarea: tuple[Form, str] | None = None
        self._text = ""
        self._select: tuple[Form, str] | None = None
        self._in_template = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._in_template = True
        if self._in_template:
            return
        if tag == "form":
            self._open = self.forms.setdefault(attributes.get("id") or f"form-{len(self.forms)}", Form())
            self._open.action = attributes.get("action", "")
            return
        form = self.forms.setdefault(attributes["form"], Form()) if "form" in attributes else self._open
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "option" and self._select and "selected" in attributes:
            self._select[0].fields.append((self._select[1], value))
        if form is None:
            return
        if tag == "input" and name:
            self._input(form, attributes)
        elif tag == "textarea" and name:
            self._textarea, self._text = (form, name), ""
        elif tag == "select" and name:
            self._select = (form, name)
        elif tag == "button" and attributes.get("type") != "button":
            self._button = Button(name, value)
            form.buttons.append(self._button)

    def _input(self, form: Form, attributes: dict[str, str]) -> None:
        name, kind, checked = attributes["name"], attributes.get("type", ""), "checked" in attributes
        is_choice = kind in ("radio", "checkbox")
        value = attributes.get("value", "on" if is_choice else "")
        if name == "option":
            form.options.append((value, checked))
        elif kind not in _NO_DATA_TYPES and (checked or not is_choice):
            form.fields.append((name, value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._button:
            self._button.text += data
        if self._textarea:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._in_template = False
        elif tag == "form":
            self._open = None
        elif tag == "button":
            self._button = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea:
            form, name = self._textarea
            form.fields.append((name, self._text.removeprefix("\n")))
            self._textarea = None


def forms(page: Any) -> dict[str, Form]:
    """Return the forms of a response or of HTML text by id; forms without an id are numbered."""
    return _Parser(page if isinstance(page, str) else page.content.decode()).forms


def form_values(page: Any, form_id: str) -> dict[str, Any]:
    """Return the values of one form, to submit them unchanged."""
    return forms(page)[form_id].values


def collapsed(page: Any) -> str:
    """Return the HTML of a response with white space collapsed, as browsers treat it."""
    return " ".join(page.content.decode().split())


def text(page: Any) -> str:
    """Return the text of a response without tags, with white space collapsed."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.content.decode()).split())
