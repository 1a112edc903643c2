"""Rules about retired, closed and renamed services, and about questions whose facts are old."""

import datetime

from questions.content.prose import prose
from questions.content.schema import QuestionContent
from questions.lint.aws_services import CLOSED, OUT_OF_SCOPE, services
from questions.lint.rules import Context, E, Findings, I, rule

_MAX_AGE_MONTHS = 18


@rule("retired-service-key", E)
def retired_service_key(question: QuestionContent, context: Context) -> Findings:
    """No key names a service that is retired or out of scope."""
    for option in question.keys:
        for service in services()[0]:
            if service.status != CLOSED and service.named_in(prose(option.text)):
                since = f" since {service.since}" if service.since else ""
                state = "out of the scope of the exam" if service.status == OUT_OF_SCOPE else f"retired{since}"
                yield f"options.{option.id}.text", f"{service.name} is {state}. Do not use it in a key."


@rule("closed-service-key", I)
def closed_service_key(question: QuestionContent, context: Context) -> Findings:
    """A key names a service closed to new customers; the explanation should say so with the date."""
    for option in question.keys:
        for service in services()[0]:
            if service.status == CLOSED and service.named_in(prose(option.text)):
                since = f" since {service.since}" if service.since else ""
                sentence = f"{service.name} is closed to new customers{since}. Say so in the explanation."
                yield f"options.{option.id}.text", sentence


@rule("renamed-service", I)
def renamed_service(question: QuestionContent, context: Context) -> Findings:
    """A renamed service has its current name, and its old name too if candidates meet both."""
    text = prose(question.stem) + "\n" + "\n".join(prose(option.text) for option in question.options)
    for service in services()[1]:
        old, new = service.old_name_in(text), service.new_name_in(text)
        if old and not new:
            yield "stem", f"'{old}' is now {service.name}. Use the current name."
        elif new and not old and service.explain:
            yield "stem", f"Give the old name once: {service.name} (formerly {service.formerly[0]})."


@rule("as-of-old", I)
def as_of_old(question: QuestionContent, context: Context) -> Findings:
    """The facts of a question were checked at most 18 months ago."""
    if question.as_of is None:
        return
    date = datetime.date.fromisoformat(question.as_of)
    months = (context.today.year - date.year) * 12 + context.today.month - date.month
    if months - (context.today.day < date.day) >= _MAX_AGE_MONTHS:
        yield "as_of", f"The facts were checked on {question.as_of}. Check them again and update the date."
