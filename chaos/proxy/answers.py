"""Errors as AWS and registries write them, so that their clients take them for genuine. Pure."""

from __future__ import annotations

import http
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from chaos.proxy.call import Call
from chaos.proxy.rules import Error

WORDS: Final[dict[tuple[str, int], tuple[str, str]]] = {
    ("aws-xml-s3", 403): ("AccessDenied", "Access Denied"),
    ("aws-xml-s3", 404): ("NoSuchKey", "The specified key does not exist."),
    ("aws-xml-s3", 500): ("InternalError", "We encountered an internal error. Please try again."),
    ("aws-xml-s3", 503): ("SlowDown", "Please reduce your request rate."),
    ("aws-xml-query", 400): ("Throttling", "Rate exceeded"),
    ("aws-xml-query", 403): ("AccessDenied", "Access denied"),
    ("aws-xml-query", 500): ("InternalFailure", "The request processing has failed because of an unknown error."),
    ("aws-xml-query", 503): ("ServiceUnavailable", "Service Unavailable"),
    ("aws-json", 400): ("ThrottlingException", "Rate exceeded"),
    ("aws-json", 403): ("AccessDeniedException", "User is not authorized to perform this action"),
    ("aws-json", 500): ("ServerException", "A server error occurred"),
    ("registry-json", 401): ("UNAUTHORIZED", "authentication required"),
    ("registry-json", 403): ("DENIED", "requested access to the resource is denied"),
    ("registry-json", 404): ("MANIFEST_UNKNOWN", "manifest unknown"),
    ("registry-json", 429): ("TOOMANYREQUESTS", "Rate exceeded"),
    ("registry-json", 500): ("UNKNOWN", "unknown error"),
    ("registry-json", 503): ("UNAVAILABLE", "service unavailable"),
}
"""Code and message that the service itself gives with a status, by style."""

_OTHER_WORDS: Final = ("InternalError", "Internal error")
_NAMESPACES: Final = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}


class Answer(msgspec.Struct, frozen=True):
    """A response to be sent as it is."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def answer(error: Error, call: Call, request_id: str) -> Answer:
    """The service's answer to `call` when it fails with `error`. `request_id`: a UUID."""
    code, message = WORDS.get((error.style, error.status), _OTHER_WORDS)
    code, message = error.code or code, error.message or message
    match error.style:
        case "aws-xml-s3":
            headers, body = _s3(code, message, call, request_id)
        case "aws-xml-query":
            headers, body = _query(code, message, call, error.status, request_id)
        case "aws-json":
            headers, body = _json(code, message, request_id)
        case "registry-bare":
            headers, body = _registry_bare(error.status)
        case "registry-json":
            headers, body = _registry_json(code, message)
    if error.retry_after_s is not None:
        headers = (*headers, ("Retry-After", str(error.retry_after_s)))
    return Answer(status=error.status, headers=headers, body=body)


_Parts = tuple[tuple[tuple[str, str], ...], bytes]


def _s3(code: str, message: str, call: Call, request_id: str) -> _Parts:
    short_id = request_id.replace("-", "").upper()[:16]
    resource = escape(f"/{call.bucket}/{call.key}" if call.key else f"/{call.bucket}")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message><Resource>{resource}</Resource>"
        f"<RequestId>{short_id}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    headers = (
        ("x-amz-request-id", short_id),
        ("x-amz-id-2", request_id),
        ("Content-Type", "application/xml"),
        ("Server", "AmazonS3"),
    )
    return headers, body.encode()


def _query(code: str, message: str, call: Call, status: int, request_id: str) -> _Parts:
    fault = "Sender" if status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{_NAMESPACES[call.service]}">\n'
        f"  <Error>\n    <Type>{fault}</Type>\n    <Code>{escape(code)}</Code>\n"
        f"    <Message>{escape(message)}</Message>\n  </Error>\n"
        f"  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
    )
    return (("x-amzn-RequestId", request_id), ("Content-Type", "text/xml")), body.encode()


def _json(code: str, message: str, request_id: str) -> _Parts:
    headers = (("x-amzn-RequestId", request_id), ("Content-Type", "application/x-amz-json-1.1"))
    return headers, msgspec.json.encode({"__type": code, "message": message})


def _registry_bare(status: int) -> _Parts:
    return (("Content-Type", "text/plain; charset=utf-8"),), f"{_phrase(status)}\n".encode()


def _registry_json(code: str, message: str) -> _Parts:
    headers = (
        ("Content-Type", "application/json; charset=utf-8"),
        ("Docker-Distribution-Api-Version", "registry/2.0"),
    )
    return headers, msgspec.json.encode({"errors": [{"code": code, "message": message}]})


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"
