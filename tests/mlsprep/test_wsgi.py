"""PUBLIC_URL with a path: pages are found whether the proxy passes the path on or takes it away."""

import pytest

from mlsprep.wsgi import within


@pytest.mark.parametrize(
    ("path", "prefix", "inside"),
    [
        ("/practice-exams/healthz", "/practice-exams", "/healthz"),  # passed on
        ("/healthz", "/practice-exams", "/healthz"),  # taken away
        ("/practice-exams", "/practice-exams", "/"),
        ("/practice-examsother", "/practice-exams", "/practice-examsother"),
        ("/healthz", "", "/healthz"),
        # A prefix that is also the beginning of our own addresses.
        ("/exams/", "/exams", "/"),
        ("/exams/healthz", "/exams", "/healthz"),
        ("/exams/exams/MLS-C01/", "/exams", "/exams/MLS-C01/"),
        ("/exams/MLS-C01/", "/exams", "/exams/MLS-C01/"),
        ("/exams/static/css/base.css", "/exams", "/static/css/base.css"),
    ],
)
def test_the_prefix_is_stripped_only_when_it_was_passed_on(path: str, prefix: str, inside: str) -> None:
    assert within(path, prefix) == inside
