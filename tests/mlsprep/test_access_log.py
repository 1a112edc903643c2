"""Test whose address the access log names: that which the outermost trusted proxy saw."""

from typing import Any

import pytest

from mlsprep.access_log import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),  # no proxy is trusted: anybody can send the header
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "forged, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "not an address\n", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_client_is_named(settings: Any, proxies: int, forwarded: str, address: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ) == address


def test_a_connection_by_a_socket_file_has_no_address() -> None:
    assert client_address({"REMOTE_ADDR": ""}) == "-"
