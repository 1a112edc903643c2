"""Exams made here, beside the exam of the front page."""

from dataclasses import replace

from questions.content.blueprint import DomainWeight
from questions.models import Blueprint
from questions.services import blueprints
from tests import factories
from tests.factories import NOW


def other_exam(code: str, title: str) -> Blueprint:
    front = Blueprint.objects.current("TINY") or factories.small_blueprint(default=True)
    spec = replace(
        front.exam,
        code=code,
        title=title,
        default=False,
        short_title=title,
        retired_on=None,
        successors=(),
        minutes=20,
        scored=3,
        unscored=0,
        syllabus="TINY",
        exam_domains=(DomainWeight(2, "Second things", 100),),
    )
    return factories.opened(blueprints.make(spec, known_version=0, now=NOW))
