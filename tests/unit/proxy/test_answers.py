"""Errors in the words of the services."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec

from chaos.proxy.answers import Answer, answer
from chaos.proxy.call import Call
from chaos.proxy.rules import Error, Style

ID = "0f7c6a5e-1111-2222-3333-444455556666"


def given(status: int, style: Style, call: Call, **said: str | int) -> Answer:
    return answer(msgspec.convert({"kind": "error", "status": status, "style": style} | said, Error), call, ID)


def test_s3_says_which_object() -> None:
    call = Call(service="s3", operation="GetObject", bucket="modules", key="a<&>b")
    said = given(403, "aws-xml-s3", call)
    root = ElementTree.fromstring(said.body)
    assert root.tag == "Error"
    assert [root.findtext(name) for name in ("Code", "Message", "Resource")] == [
        "AccessDenied",
        "Access Denied",
        "/modules/a<&>b",
    ]
    assert dict(said.headers)["x-amz-request-id"] == root.findtext("RequestId")


def test_sts_wraps_its_error_in_its_namespace() -> None:
    said = given(503, "aws-xml-query", Call(service="sts"))
    root = ElementTree.fromstring(said.body)
    sts = "{https://sts.amazonaws.com/doc/2011-06-15/}"
    assert root.tag == f"{sts}ErrorResponse"
    assert root.findtext(f"{sts}Error/{sts}Code") == "ServiceUnavailable"
    assert root.findtext(f"{sts}Error/{sts}Type") == "Receiver"
    assert root.findtext(f"{sts}RequestId") == ID


def test_ecr_answers_in_json() -> None:
    said = given(400, "aws-json", Call(service="ecr"), message="slower")
    assert msgspec.json.decode(said.body) == {"__type": "ThrottlingException", "message": "slower"}
    assert dict(said.headers)["Content-Type"] == "application/x-amz-json-1.1"


def test_both_forms_of_a_registrys_429() -> None:
    call = Call(service="registry", operation="PutManifest")
    bare = given(429, "registry-bare", call)
    assert bare.body == b"Too Many Requests\n"
    assert "Retry-After" not in dict(bare.headers)
    coded = given(429, "registry-json", call, retry_after_s=2)
    assert msgspec.json.decode(coded.body)["errors"][0]["code"] == "TOOMANYREQUESTS"
    assert dict(coded.headers)["Retry-After"] == "2"


def test_a_code_can_be_chosen() -> None:
    call = Call(service="s3", bucket="b")
    root = ElementTree.fromstring(given(400, "aws-xml-s3", call, code="ExpiredToken", message="too <late>").body)
    assert [root.findtext("Code"), root.findtext("Message")] == ["ExpiredToken", "too <late>"]
