"""Read the newest response of candidates to each question, of those whose solution they may see."""

from collections.abc import Collection

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from exams.models import Response
from exams.models.response import DISCLOSED


def newest_disclosed_responses(candidates: Collection[int]) -> QuerySet[Response]:
    """Return the newest disclosed response to each question that was shown, in no order.

    A response without a solution yet changes nothing, and neither does one that a key ruling withdrew. Filter the
    result by fields of the question only: other conditions would apply before the newest is chosen.
    """
    newest_first = Window(
        RowNumber(), partition_by=F("revision__question"), order_by=[F("first_shown").desc(), F("pk").desc()]
    )
    responses = Response.objects.filter(
        DISCLOSED, attempt__candidate__in=candidates, first_shown__isnull=False, withdrawn=False
    )
    return responses.order_by().annotate(place=newest_first).filter(place=1)
