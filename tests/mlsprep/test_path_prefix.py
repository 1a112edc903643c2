"""Test PUBLIC_URL with a path: pages are found whether or not the proxy strips the path."""

import pytest

from mlsprep.path_prefix import path_inside_site


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/practice-exams/healthz", "/practice-exams", "/healthz"),  # not stripped
        ("/healthz", "/practice-exams", "/healthz"),  # stripped
        ("/practice-exams", "/practice-exams", "/"),
        ("/practice-examsother", "/practice-exams", "/practice-examsother"),
        ("/healthz", "", "/healthz"),
        # A prefix that is also the start of site URLs.
        ("/exams/", "/exams", "/"),
        ("/exams/healthz", "/exams", "/healthz"),
        ("/exams/exams/GIT-C01/", "/exams", "/exams/GIT-C01/"),
        ("/exams/GIT-C01/", "/exams", "/exams/GIT-C01/"),
        ("/exams/static/css/base.css", "/exams", "/static/css/base.css"),
    ],
)
def test_the_prefix_is_stripped_unless_the_proxy_has_done_it(path: str, prefix: str, expected: str) -> None:
    assert path_inside_site(path, prefix) == expected
