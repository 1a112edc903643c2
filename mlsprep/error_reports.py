"""Report errors to Sentry if SENTRY_DSN is set: where the code failed, but no answer, name, address or cookie."""

from typing import Any

from mlsprep.logs import mask_tokens

KEPT_REQUEST_FIELDS = ("method", "url")


def start(dsn: str) -> None:
    """Report the errors of this process from now on."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_source_context=False,
        include_local_variables=False,  # they hold answers and names
        max_request_body_size="never",
        max_breadcrumbs=0,  # log lines and statements, with their values
        traces_sample_rate=0.0,
        before_send=cleaned,
    )


def cleaned(event: Any, _hint: Any) -> Any:
    """Return an event without what names a person or tells an answer."""
    for name in ("user", "extra", "breadcrumbs", "server_name"):
        event.pop(name, None)
    if "request" in event:
        kept = {name: event["request"][name] for name in KEPT_REQUEST_FIELDS if name in event["request"]}
        if "url" in kept:
            kept["url"] = mask_tokens(str(kept["url"]).partition("?")[0])
        event["request"] = kept
    for error in event.get("exception", {}).get("values", ()):
        error["value"] = ""  # a message of the database repeats the row
    return event
