"""The fields of a question that are columns, between its content and its rows: one column for each declared field."""

import datetime
from typing import Any

from questions.content.declarations import Field, Store, plain
from questions.content.parts import columns
from questions.content.schema import QuestionContent
from questions.models import Question, Revision

_MODELS = {Store.WORDING: Revision, Store.COMMENTARY: Revision, Store.FACT: Question}
COLUMNS = {field.name: field for store in _MODELS for field in columns(store)}


def column(field: Field) -> Any:
    """Return the column of a field."""
    assert field.part, "a field without a part is no column"
    return _MODELS[field.part.store]._meta.get_field(field.name)


def set_facts(question: Question, content: QuestionContent) -> None:
    """Set the columns of the facts. A column that needs a value keeps its own if the content has none."""
    for field in columns(Store.FACT):
        value, own = getattr(content, field.name), column(field)
        if value not in (None, ""):
            setattr(question, field.name, own.to_python(plain(value)))
        elif own.blank:
            setattr(question, field.name, None if own.null else "")


def facts_of(question: Question) -> dict[str, Any]:
    """Return the facts of a row as fields of QuestionContent."""
    return {field.name: content_value(field, getattr(question, field.name)) for field in columns(Store.FACT)}


def content_value(field: Field, value: Any) -> Any:
    """Return the value of a column, or of its form field, as that of a field of QuestionContent."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return field.default if value in (None, "") else field.from_plain(value)
