"""From a request to the operation of the service it is for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl

import msgspec

from chaos.proxy.call import Call, Caller
from chaos.proxy.identity import Identities, credential
from chaos.proxy.registry_api import registry_call
from chaos.proxy.s3_api import s3_call

Kind = Literal["aws", "registry"]
"""What stands behind a port: the AWS API (all its services), or a registry."""

FORM_LIMIT_BYTES = 64 * 1024
"""How much of a form body is looked at; the action of a query API call is always within."""

_FORM = "application/x-www-form-urlencoded"
_ECR_TARGET = "AmazonEC2ContainerRegistry_"
_QUERY_VERSIONS: Final = {"2011-06-15": "sts", "2010-05-08": "iam"}
_FIELDS_AT_MOST = 1000


def is_form(method: str, content_type: str) -> bool:
    """Whether the action may be in the body: the query API posts forms, S3 and ECR never do."""
    return method == "POST" and content_type.startswith(_FORM)


def classify(
    kind: Kind,
    method: str,
    target: str,
    headers: Mapping[str, str],
    *,
    form: bytes = b"",
    ip: str = "",
    identities: Identities | None = None,
) -> Call:
    """What a request asks for.

    Args:
        target: path and query as sent.
        headers: must answer to names in any case.
        form: the beginning of the body, when `is_form`.
        identities: to name the role behind an access key.
    """
    path, _, raw_query = target.partition("?")
    query = _fields(raw_query)
    signer = credential(headers.get("Authorization", ""), query)
    role, session = identities.of(signer.access_key) if identities else ("", "")
    if kind == "registry":
        call = registry_call(method, path, query)
    elif headers.get("X-Amz-Target", "").startswith(_ECR_TARGET):
        call = Call(service="ecr", operation=headers["X-Amz-Target"].rpartition(".")[2])
    elif signer.service in ("sts", "iam") or form or "Action" in query:
        parameters = query | _fields(form.decode("utf-8", errors="replace"))
        service = signer.service or _QUERY_VERSIONS.get(parameters.get("Version", ""), "")
        call = Call(service=service, operation=parameters.get("Action", ""))
    # The emulator's own pages are of no service.
    elif signer.service in ("", "s3") and not path.startswith("/moto-api"):
        call = s3_call(method, path, query, headers)
    else:
        call = Call()
    caller = Caller(
        ip=ip,
        user_agent=headers.get("User-Agent", ""),
        access_key=signer.access_key,
        role=role,
        session=session,
    )
    return msgspec.structs.replace(call, caller=caller)


def _fields(encoded: str) -> dict[str, str]:
    """Query or form; nothing when it has absurdly many fields."""
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, max_num_fields=_FIELDS_AT_MOST))
    except ValueError:
        return {}
