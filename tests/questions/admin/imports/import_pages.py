"""Upload questions in the admin, and read the pages of an import."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import udemy_csv
from questions.models import ImportBatch

FILE = "/admin/questions/importbatch/import/"


def draft(about: str, options: str = "abc") -> QuestionContent:
    rows = tuple(OptionContent(option, option == "b", f"Way {option} of the {about}") for option in options)
    return QuestionContent(
        id="", stem=f"A company has trouble with its {about}. What helps?", options=rows, exam_domain=3
    )


def upload(client: Client, data: bytes, name: str = "set 2.csv", **fields: str) -> Any:
    return client.post(FILE, {"file": SimpleUploadedFile(name, data), **fields}, follow=True)


def csv(*drafts: QuestionContent, domain: str = "Modeling") -> bytes:
    return udemy_csv.write(drafts, {3: domain})


def at(what: str, batch: ImportBatch | None = None) -> str:
    return reverse(f"admin:questions_{what}", args=[(batch or ImportBatch.objects.get()).pk])


def text(page: HttpResponse) -> str:
    return " ".join(page.content.decode().split())
