"""From a request to the operation of the service it is for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from chaos.proxy.call import Call, Caller
from chaos.proxy.identity import Credential, Identities, credential

Kind = Literal["aws", "registry"]
"""What stands behind a port: the AWS API (all its services), or a registry."""

FORM_LIMIT_BYTES = 64 * 1024
"""How much of a form body is looked at; the action of a query API call is always within."""

SERVICES: Final = frozenset({"s3", "sts", "iam", "ecr", "registry"})

_FORM = "application/x-www-form-urlencoded"
_QUERY_VERSIONS: Final = {"2011-06-15": "sts", "2010-05-08": "iam"}

_BUCKET_QUERIES: Final = {
    "acl": "Acl",
    "cors": "Cors",
    "encryption": "Encryption",
    "lifecycle": "LifecycleConfiguration",
    "notification": "NotificationConfiguration",
    "policy": "Policy",
    "tagging": "Tagging",
    "versioning": "Versioning",
}
_BUCKET_GETS: Final = {"location": "GetBucketLocation", "uploads": "ListMultipartUploads"}
_VERBS: Final = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}

_S3_FIXED: Final = frozenset(
    {
        "ListBuckets",
        "CreateBucket",
        "HeadBucket",
        "DeleteBucket",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
        "DeleteObjects",
        "GetObject",
        "HeadObject",
        "PutObject",
        "CopyObject",
        "DeleteObject",
        "GetObjectTagging",
        "PutObjectTagging",
        "DeleteObjectTagging",
        "GetObjectAcl",
        "PutObjectAcl",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPartCopy",
        "ListParts",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    }
)
S3_OPERATIONS: Final = (
    _S3_FIXED
    | frozenset(_BUCKET_GETS.values())
    | frozenset(f"{verb}Bucket{name}" for verb in _VERBS.values() for name in _BUCKET_QUERIES.values())
)
"""Every S3 operation that `classify` can tell."""

REGISTRY_OPERATIONS: Final = frozenset(
    {
        "Ping",
        "Catalog",
        "ListTags",
        "GetManifest",
        "HeadManifest",
        "PutManifest",
        "DeleteManifest",
        "GetBlob",
        "HeadBlob",
        "DeleteBlob",
        "StartBlobUpload",
        "MountBlob",
        "PatchBlob",
        "PutBlob",
        "GetBlobUpload",
        "CancelBlobUpload",
    }
)
"""Every operation of the registry's HTTP API that `classify` can tell."""

_MANIFEST = re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<reference>[^/]+)")
_UPLOAD = re.compile(r"/v2/(?P<repository>.+)/blobs/uploads/(?P<upload>[^/]*)")
_BLOB = re.compile(r"/v2/(?P<repository>.+)/blobs/(?P<reference>[^/]+:[^/]+)")
_TAGS = re.compile(r"/v2/(?P<repository>.+)/tags/list")
_UPLOAD_VERBS: Final = {"PATCH": "PatchBlob", "PUT": "PutBlob", "GET": "GetBlobUpload", "DELETE": "CancelBlobUpload"}
_CRUD: Final = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete"}


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
        headers: looked up by any case.
        form: the beginning of the body, when `is_form`.
        identities: to name the role behind an access key.
    """
    path, _, raw_query = target.partition("?")
    query = dict(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else {}
    signer = credential(headers.get("Authorization", ""), query)
    role, session = identities.of(signer.access_key) if identities else ("", "")
    caller = Caller(
        ip=ip,
        user_agent=headers.get("User-Agent", ""),
        access_key=signer.access_key,
        role=role,
        session=session,
    )
    if kind == "registry":
        call = _registry(method, path, query)
    else:
        call = _aws(method, path, query, headers, form, signer)
    return msgspec.structs.replace(call, caller=caller)


def _aws(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    form: bytes,
    signer: Credential,
) -> Call:
    json_target = headers.get("X-Amz-Target", "")
    if json_target.startswith("AmazonEC2ContainerRegistry_"):
        return Call(service="ecr", operation=json_target.rpartition(".")[2])
    if signer.service in ("sts", "iam") or "Action" in query or form:
        parameters = {**query, **_form_parameters(form)}
        service = signer.service or _QUERY_VERSIONS.get(parameters.get("Version", ""), "")
        return Call(service=service, operation=parameters.get("Action", ""))
    # The emulator's own pages are no service's.
    if path.startswith("/moto-api"):
        return Call()
    if signer.service in ("", "s3"):
        return _s3(method, path, query, headers)
    return Call()


def _form_parameters(form: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(form.decode("utf-8", errors="replace"), keep_blank_values=True))
    except ValueError:
        return {}


def _s3(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Call:
    bucket, _, key = path.lstrip("/").partition("/")
    bucket, key = unquote(bucket), unquote(key)
    if not bucket:
        operation = "ListBuckets" if method == "GET" else ""
    elif not key:
        operation = _bucket_operation(method, query)
    else:
        operation = _object_operation(method, query, headers)
    return Call(service="s3", operation=operation, bucket=bucket, key=key)


def _bucket_operation(method: str, query: Mapping[str, str]) -> str:
    if method == "POST":
        return "DeleteObjects" if "delete" in query else ""
    if method == "HEAD":
        return "HeadBucket"
    verb = _VERBS.get(method, "")
    for name, noun in _BUCKET_QUERIES.items():
        if name in query:
            return f"{verb}Bucket{noun}" if verb else ""
    if method == "GET":
        for name, operation in _BUCKET_GETS.items():
            if name in query:
                return operation
        if "versions" in query:
            return "ListObjectVersions"
        return "ListObjectsV2" if query.get("list-type") == "2" else "ListObjects"
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "")


def _object_operation(method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    for name in ("tagging", "acl"):
        if name in query:
            named = f"{_VERBS.get(method, '')}Object{name.capitalize()}"
            return named if named in S3_OPERATIONS else ""
    if method == "PUT":
        noun = "UploadPart" if "partNumber" in query else ""
        if "x-amz-copy-source" in headers:
            return "UploadPartCopy" if noun else "CopyObject"
        return noun or "PutObject"
    if method == "POST":
        if "uploads" in query:
            return "CreateMultipartUpload"
        return "CompleteMultipartUpload" if "uploadId" in query else ""
    if "uploadId" in query:
        return {"GET": "ListParts", "DELETE": "AbortMultipartUpload"}.get(method, "")
    return {"GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(method, "")


def _registry(method: str, path: str, query: Mapping[str, str]) -> Call:
    path = unquote(path)
    if path in ("/v2", "/v2/"):
        return _registry_call("Ping" if method in ("GET", "HEAD") else "")
    if path == "/v2/_catalog":
        return _registry_call("Catalog" if method == "GET" else "")
    if found := _MANIFEST.fullmatch(path):
        return _registry_call(f"{_CRUD.get(method, '')}Manifest", found["repository"], found["reference"])
    if found := _UPLOAD.fullmatch(path):
        if found["upload"]:
            operation = _UPLOAD_VERBS.get(method, "")
        elif method == "POST":
            operation = "MountBlob" if "mount" in query else "StartBlobUpload"
        else:
            operation = ""
        return _registry_call(operation, found["repository"], query.get("digest") or query.get("mount", ""))
    if found := _BLOB.fullmatch(path):
        return _registry_call(f"{_CRUD.get(method, '')}Blob", found["repository"], found["reference"])
    if found := _TAGS.fullmatch(path):
        return _registry_call("ListTags" if method == "GET" else "", found["repository"])
    return _registry_call("")


def _registry_call(operation: str, repository: str = "", reference: str = "") -> Call:
    known = operation if operation in REGISTRY_OPERATIONS else ""
    return Call(service="registry", operation=known, repository=repository, reference=reference)
