"""S3's REST API: which operation a path-style request is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from chaos.proxy.call import Call

_CONFIGURATIONS: Final = {
    "acl": "Acl",
    "cors": "Cors",
    "encryption": "Encryption",
    "lifecycle": "LifecycleConfiguration",
    "notification": "NotificationConfiguration",
    "policy": "Policy",
    "tagging": "Tagging",
    "versioning": "Versioning",
}
_VERBS: Final = (("GET", "Get"), ("PUT", "Put"), ("DELETE", "Delete"))

# Method, name that the query must have, operation; the first that fits.
_ON_BUCKET: Final = (
    *((method, name, f"{verb}Bucket{noun}") for name, noun in _CONFIGURATIONS.items() for method, verb in _VERBS),
    ("GET", "location", "GetBucketLocation"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "", "ListObjects"),
    ("HEAD", "", "HeadBucket"),
    ("POST", "delete", "DeleteObjects"),
    ("PUT", "", "CreateBucket"),
    ("DELETE", "", "DeleteBucket"),
)
_ON_OBJECT: Final = (
    *((method, "tagging", f"{verb}ObjectTagging") for method, verb in _VERBS),
    ("GET", "acl", "GetObjectAcl"),
    ("PUT", "acl", "PutObjectAcl"),
    ("GET", "uploadId", "ListParts"),
    ("GET", "", "GetObject"),
    ("HEAD", "", "HeadObject"),
    ("PUT", "partNumber", "UploadPart"),
    ("PUT", "", "PutObject"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("DELETE", "", "DeleteObject"),
)
_COPIES: Final = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}

# Parts of a bucket or an object with operations of their own, which rules cannot name.
_UNNAMED: Final = frozenset(
    {
        "accelerate",
        "analytics",
        "attributes",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "logging",
        "metrics",
        "object-lock",
        "ownershipControls",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "torrent",
        "website",
    }
)

OPERATIONS: Final = frozenset(
    {"ListBuckets", *_COPIES.values(), *(operation for *_, operation in (*_ON_BUCKET, *_ON_OBJECT))}
)
"""Every operation that `s3_call` can tell."""


def s3_call(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Call:
    """The call; its operation is empty when it is none of OPERATIONS. `path`: as sent."""
    bucket, _, key = path.removeprefix("/").partition("/")
    bucket, key = unquote(bucket), unquote(key)
    if not bucket:
        operation = "ListBuckets" if method == "GET" else ""
    elif not _UNNAMED.isdisjoint(query):
        operation = ""
    else:
        operation = _first(_ON_OBJECT if key else _ON_BUCKET, method, query)
        if "x-amz-copy-source" in headers:
            operation = _COPIES.get(operation, operation)
    return Call(service="s3", operation=operation, bucket=bucket, key=key)


def _first(table: tuple[tuple[str, str, str], ...], method: str, query: Mapping[str, str]) -> str:
    for wanted_method, name, operation in table:
        if method == wanted_method and (not name or name in query):
            return operation
    return ""
