"""The fault proxy before real services: nothing changes without rules, and each fault is what its client would see."""

from __future__ import annotations

import hashlib
import http.client
import http.server
import json
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from harness.clients.proxy import ProxyHit
from tests.component.images import container
from tests.component.proxy_process import LOOPBACK, RunningProxy, running_proxy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "modules"
KEY = "global/parser/a 1+b//é"
REPOSITORY = "knative-lambdas/builder"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
OWNER = "run-1"
MEBIBYTE = 1024 * 1024
ROLE = "arn:aws:iam::123456789012:role/builder"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    with container("registry").with_exposed_ports(5000).waiting_for(HttpWaitStrategy(5000, "/v2/")) as running:
        yield f"http://{LOOPBACK}:{running.get_exposed_port(5000)}"


@pytest.fixture(scope="module")
def shared_proxy(moto: str, registry: str) -> Iterator[RunningProxy]:
    with running_proxy(moto, registry) as proxy:
        yield proxy


@pytest.fixture
def proxy(shared_proxy: RunningProxy) -> Iterator[RunningProxy]:
    yield shared_proxy
    shared_proxy.admin.delete_owned(OWNER)


def client(name: str, url: str, **config: Any) -> Any:
    return boto3.client(
        name,
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config),
    )


@pytest.fixture
def s3(proxy: RunningProxy) -> S3Client:
    made: S3Client = client("s3", proxy.aws)
    made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    return made


@pytest.fixture(autouse=True)
def _empty_bucket(moto: str) -> Iterator[None]:
    yield
    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()


def rule(service: str, fault: dict[str, Any], **changes: Any) -> dict[str, Any]:
    match = {"service": service} | changes.pop("match", {})
    return {"owner": OWNER, "ttl_s": 60, "match": match, "fault": fault} | changes


def hits_since(proxy: RunningProxy, after: int, count: int) -> list[ProxyHit]:
    """The next `count` hits, from the stream."""
    stream = proxy.admin.stream(after)
    return [next(stream) for _ in range(count)]


def push_blob(registry: str, content: bytes) -> str:
    """As `docker push` and kaniko do: start, patch, put."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    started = requests.post(f"{registry}/v2/{REPOSITORY}/blobs/uploads/", timeout=30)
    assert started.status_code == 202
    assert started.headers["Location"].startswith(registry), "the proxy's own address, for the Host header was kept"

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(content), MEBIBYTE):
            yield content[start : start + MEBIBYTE]

    patched = requests.patch(started.headers["Location"], data=chunks(), timeout=60)
    assert patched.status_code == 202
    put = requests.put(patched.headers["Location"], params={"digest": digest}, timeout=30)
    assert put.status_code == 201
    return digest


def manifest(config: str, size: int) -> bytes:
    kind = "application/vnd.docker.container.image.v1+json"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": kind, "size": size, "digest": config},
            "layers": [],
        }
    ).encode()


def put_manifest(registry: str, tag: str, content: bytes) -> requests.Response:
    return requests.put(
        f"{registry}/v2/{REPOSITORY}/manifests/{tag}",
        data=content,
        headers={"Content-Type": MANIFEST_TYPE, "User-Agent": "kaniko/test"},
        timeout=30,
    )


# ---- without rules


def test_signed_requests_pass_as_they_came(s3: S3Client) -> None:
    body = os.urandom(3 * MEBIBYTE)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=body)
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == body
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"] == len(body)
    assert s3.get_object(Bucket=BUCKET, Key=KEY, Range="bytes=5-9")["Body"].read() == body[5:10]
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [KEY]
    with pytest.raises(ClientError) as missing:
        s3.get_object(Bucket=BUCKET, Key="none")
    assert missing.value.response["Error"]["Code"] == "NoSuchKey"


def test_what_arrives_behind_is_what_was_sent(proxy: RunningProxy, registry: str) -> None:
    """Byte for byte, but for what belongs to the connection."""
    with raw_service() as (port, received), running_proxy(f"http://{LOOPBACK}:{port}", registry) as before:
        sent = (
            b"PUT /b/a%2Fb//../c?x&y=%20+z HTTP/1.1\r\nHost: modules.internal:8080\r\n"
            b"Accept-Encoding: identity\r\nx-Amz-Date: 20250301T000000Z\r\nX-Amz-Meta-B: 1\r\nx-amz-meta-a:  2 \r\n"
            b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 5\r\n\r\nhello"
        )
        with socket.create_connection((LOOPBACK, before.aws_port), timeout=10) as caller:
            caller.sendall(sent)
            answer = http.client.HTTPResponse(caller)
            answer.begin()
            assert answer.status == 307
            assert answer.read() == b"\x1f\x8bnot really gzip"
            assert answer.getheaders() == [
                ("Location", "http://elsewhere.internal/x"),
                ("Content-Encoding", "gzip"),
                ("Content-Length", "17"),
            ]
        (arrived,) = received
        head, _, body = arrived.partition(b"\r\n\r\n")
        line, *headers = head.split(b"\r\n")
        assert line == b"PUT /b/a%2Fb//../c?x&y=%20+z HTTP/1.1"
        assert sorted(headers) == [
            b"Accept-Encoding: identity",
            b"Content-Length: 5",
            b"Host: modules.internal:8080",
            b"X-Amz-Meta-B: 1",
            b"x-Amz-Date: 20250301T000000Z",
            b"x-amz-meta-a: 2",
        ]
        assert body == b"hello"


class _Raw(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"


def raw_service() -> Any:
    raise NotImplementedError
