"""The fault proxy before real services: nothing changes without rules, and each fault is what its client would see."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from moto.server import ThreadedMotoServer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from harness.clients.proxy import ProxyHit
from harness.errors import TargetError
from tests.component.images import container
from tests.component.proxy_process import LOOPBACK, RunningProxy, connected_service, raw_service, running_proxy

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


def aws(url: str, **credentials: str) -> dict[str, Any]:
    """Settings of a client that asks once."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"} | credentials
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return {"endpoint_url": url, "region_name": "us-west-2", "config": config} | keys


@pytest.fixture
def s3(proxy: RunningProxy) -> S3Client:
    made = boto3.client("s3", **aws(proxy.aws))
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


@contextmanager
def before_raw(answer: bytes) -> Iterator[tuple[RunningProxy, list[bytes]]]:
    """A proxy with a service behind its AWS port that says `answer`."""
    with raw_service(answer) as (url, received), running_proxy(url, url) as proxy:
        yield proxy, received


def read_answer(caller: socket.socket) -> tuple[http.client.HTTPResponse, bytes]:
    answer = http.client.HTTPResponse(caller)
    answer.begin()
    return answer, answer.read()


def test_what_arrives_behind_is_what_was_sent() -> None:
    """Byte for byte, but for what belongs to the connection; and so does the answer."""
    said = (
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://elsewhere.internal/x\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: 17\r\nConnection: close\r\n\r\n\x1f\x8bnot really gzip"
    )
    sent = (
        b"PUT /b/a%2Fb//../c?x&y=%20+z HTTP/1.1\r\nHost: modules.internal:8080\r\n"
        b"Accept-Encoding: identity\r\nx-Amz-Date: 20250301T000000Z\r\nX-Amz-Meta-B: 1\r\nx-amz-meta-a:  2 \r\n"
        b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 5\r\n\r\nhello"
    )
    with before_raw(said) as (proxy, received):
        with socket.create_connection((LOOPBACK, proxy.aws_port), timeout=10) as caller:
            caller.sendall(sent)
            answer, body = read_answer(caller)
        assert (answer.status, body) == (307, b"\x1f\x8bnot really gzip")
        assert answer.getheaders() == [
            ("Location", "http://elsewhere.internal/x"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", "17"),
        ]
        (arrived,) = received
    head, _, sent_body = arrived.partition(b"\r\n\r\n")
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
    assert sent_body == b"hello"


def test_a_body_is_asked_for_only_when_the_service_asks() -> None:
    head = b"PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    with before_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (proxy, received):
        with socket.create_connection((LOOPBACK, proxy.aws_port), timeout=10) as caller:
            caller.sendall(head)
            assert caller.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            caller.sendall(b"hello")
            assert read_answer(caller)[0].status == 200
        assert received[0].endswith(b"hello")
        proxy.admin.put_rule("deny", rule("s3", DENY))
        with socket.create_connection((LOOPBACK, proxy.aws_port), timeout=10) as caller:
            caller.sendall(head)
            answer, _ = read_answer(caller)
        assert (answer.status, answer.headers["Connection"]) == (403, "close")
        assert len(received) == 1


@pytest.mark.parametrize("target", ["@127.0.0.1:9/", "http://127.0.0.1:9/v2/", "*", "127.0.0.1:9"])
def test_a_target_that_is_no_path_leads_nowhere(proxy: RunningProxy, target: str) -> None:
    with socket.create_connection((LOOPBACK, proxy.registry_port), timeout=10) as caller:
        caller.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        answer, _ = read_answer(caller)
    assert answer.status == 400


def test_a_large_push_passes_through_in_little_memory(proxy: RunningProxy, registry: str) -> None:
    content = os.urandom(MEBIBYTE) * 100
    digest = push_blob(proxy.registry, content)
    pulled = requests.get(f"{registry}/v2/{REPOSITORY}/blobs/{digest}", timeout=60)
    assert hashlib.sha256(pulled.content).hexdigest() == digest.removeprefix("sha256:")
    with requests.get(f"{proxy.registry}/v2/{REPOSITORY}/blobs/{digest}", timeout=60) as through:
        assert through.content == pulled.content
    peak = next(line for line in status_of(proxy) if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 90 * 1024, peak


def status_of(proxy: RunningProxy) -> list[str]:
    return Path(f"/proc/{proxy.process.pid}/status").read_text().splitlines()


def test_a_service_that_is_not_there_is_our_502(registry: str) -> None:
    with running_proxy(f"http://{LOOPBACK}:{unused_port()}", registry) as proxy:
        proxy.admin.put_rule("slow", rule("s3", {"kind": "latency", "ms": 1}))
        answer = requests.get(f"{proxy.aws}/b/k", timeout=10)
        assert (answer.status_code, answer.headers["X-Fault-Proxy"]) == (502, "502")
        (hit,) = proxy.admin.hits(0)
        assert (hit.outcome, hit.status) == ("delayed", 502)
        assert "Cannot connect" in hit.error


def unused_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_service_that_breaks_off_makes_no_whole_answer() -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell"
    with before_raw(said) as (proxy, _), pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{proxy.aws}/b/k", timeout=10)


def test_a_kept_connection_that_was_just_closed_is_no_failure() -> None:
    heads: list[bytes] = []

    def answer_once(caller: socket.socket) -> None:
        """Answers the first request; the second one meets a connection that is being closed."""
        heads.append(caller.recv(65536))
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        heads.append(caller.recv(65536))

    def ask(caller: socket.socket, method: bytes, target: bytes, body: bytes = b"") -> int:
        # In one piece: a body that is still on its way is not kept to be sent again.
        caller.sendall(b"%s %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s" % (method, target, len(body), body))
        return read_answer(caller)[0].status

    with (
        connected_service(answer_once) as url,
        running_proxy(url, url) as proxy,
        socket.create_connection((LOOPBACK, proxy.registry_port), timeout=10) as caller,
    ):
        assert ask(caller, b"GET", b"/1") == 200
        assert ask(caller, b"PUT", b"/2", b"body") == 200
        assert ask(caller, b"POST", b"/3", b"body") == 502, "it may not be sent twice"
    assert [head.split()[1] for head in heads if head] == [b"/1", b"/2", b"/2", b"/3"]


@pytest.mark.parametrize("sent", [9, 30_000, 1_000_000])
def test_an_answer_may_come_before_the_body_is_read(sent: int) -> None:
    """Neither when part of it is still to come, nor when all of it is there, does the answer wait for the body."""
    answered = threading.Event()

    def refuse(caller: socket.socket) -> None:
        caller.recv(1000)
        caller.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno.")
        answered.wait(10)

    with connected_service(refuse) as url, running_proxy(url, url) as proxy:
        for length in (sent, sent + 1):
            answered.clear()
            with socket.create_connection((LOOPBACK, proxy.registry_port), timeout=5) as caller:
                caller.sendall(b"PUT /v2/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % length + bytes(sent))
                answer, body = read_answer(caller)
                answered.set()
            assert (answer.status, body) == (413, b"no.")


def test_a_body_without_length_goes_on_in_chunks_and_one_that_breaks_off_is_never_whole() -> None:
    arrived: list[bytes] = []

    def listen(caller: socket.socket) -> None:
        read = b""
        while not read.endswith(b"\r\n0\r\n\r\n") and (data := caller.recv(65536)):
            read += data
        arrived.append(read)
        caller.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    head = b"PUT /v2/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected_service(listen) as url, running_proxy(url, url) as proxy:
        with socket.create_connection((LOOPBACK, proxy.registry_port), timeout=10) as caller:
            caller.sendall(head + b"5\r\nhello\r\n")
            caller.sendall(b"5\r\nthere\r\n0\r\n\r\n")
            assert read_answer(caller)[0].status == 204
        for rest in (b"", b"nonsense\r\n"):
            with socket.create_connection((LOOPBACK, proxy.registry_port), timeout=10) as caller:
                caller.sendall(head + b"5\r\nhello\r\n" + rest)
        until(lambda: len(arrived) >= 2)
    whole, *broken = arrived
    sent_head, _, chunks = whole.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in sent_head
    assert b"".join(chunks.split(b"\r\n")[1::2]) == b"hellothere"
    assert not any(part.endswith(b"\r\n0\r\n\r\n") for part in broken)


# ---- faults


DENY = {"kind": "error", "status": 403, "style": "aws-xml-s3"}


def test_a_denied_get_is_access_denied_to_boto3_and_nothing_else_is(proxy: RunningProxy, s3: S3Client) -> None:
    s3.put_object(Bucket=BUCKET, Key="p/1", Body=b"x")
    after = proxy.admin.last_seq()
    proxy.admin.put_rule("deny", rule("s3", DENY, match={"operations": ["GetObject", "HeadObject"], "key": "p/*"}))
    with pytest.raises(ClientError) as denied:
        s3.get_object(Bucket=BUCKET, Key="p/1")
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as headless:
        s3.head_object(Bucket=BUCKET, Key="p/1")
    assert headless.value.response["Error"]["Code"] == "403"
    s3.put_object(Bucket=BUCKET, Key="p/1", Body=b"y")
    s3.put_object(Bucket=BUCKET, Key="q/1", Body=b"z")
    assert s3.get_object(Bucket=BUCKET, Key="q/1")["Body"].read() == b"z"
    got, headed = proxy.admin.hits(after)
    assert (got.rule, got.owner, got.outcome, got.status) == ("deny", OWNER, "error", 403)
    assert (got.call.operation, got.call.bucket, got.call.key) == ("GetObject", BUCKET, "p/1")
    assert (got.call.caller.ip, got.call.caller.access_key) == (LOOPBACK, "AKIATEST")
    assert headed.call.operation == "HeadObject"
    proxy.admin.delete_rule("deny")
    assert s3.get_object(Bucket=BUCKET, Key="p/1")["Body"].read() == b"y"


def test_a_role_is_denied_by_its_name(proxy: RunningProxy, s3: S3Client) -> None:
    sts = boto3.client("sts", **aws(proxy.aws))
    given = sts.assume_role(RoleArn=ROLE, RoleSessionName="kaniko")["Credentials"]
    assumed = boto3.client(
        "s3",
        **aws(
            proxy.aws,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        ),
    )
    proxy.admin.put_rule("deny", rule("s3", DENY, match={"caller": {"role": "builder", "session": "kan*"}}))
    with pytest.raises(ClientError, match="AccessDenied"):
        assumed.list_objects_v2(Bucket=BUCKET)
    s3.list_objects_v2(Bucket=BUCKET)


def test_sts_is_down(proxy: RunningProxy) -> None:
    sts = boto3.client("sts", **aws(proxy.aws))
    down = {"kind": "error", "status": 503, "style": "aws-xml-query"}
    proxy.admin.put_rule("down", rule("sts", down, match={"operations": ["AssumeRole"]}))
    with pytest.raises(ClientError) as refused:
        sts.assume_role(RoleArn=ROLE, RoleSessionName="kaniko")
    assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert sts.get_caller_identity()["Account"]


def test_ecr_throttles_its_api(proxy: RunningProxy) -> None:
    throttled = {"kind": "error", "status": 400, "style": "aws-json"}
    proxy.admin.put_rule("throttle", rule("ecr", throttled, when={"policy": "first", "count": 1}))
    ecr = boto3.client("ecr", **aws(proxy.aws))
    with pytest.raises(ClientError, match="ThrottlingException"):
        ecr.get_authorization_token()
    ecr.get_authorization_token()


@pytest.mark.parametrize("style", ["registry-bare", "registry-json"])
def test_fifteen_pushes_let_go_at_once_meet_the_limit(proxy: RunningProxy, style: str) -> None:
    content = manifest(push_blob(proxy.registry, b"{}"), 2)
    after = proxy.admin.last_seq()
    pushes = {"operations": ["PutManifest"], "repository": "knative-lambdas/*", "caller": {"user_agent": "kaniko/*"}}
    limit = {"policy": "token-bucket", "rate_per_s": 1, "burst": 10, "per": "repository"}
    refusal = {"kind": "error", "status": 429, "style": style, "retry_after_s": 1}
    gate = {"kind": "gate", "count": 15, "max_hold_s": 30}
    proxy.admin.put_rule("gate", rule("registry", gate, match=pushes))
    proxy.admin.put_rule("limit", rule("registry", refusal, match=pushes, when=limit))
    with ThreadPoolExecutor(15) as pool:
        held = [pool.submit(put_manifest, proxy.registry, f"{style}-{n}", content) for n in range(14)]
        until(lambda: proxy.admin.rules()[0].waiting == 14)
        assert proxy.admin.hits(after) == []
        held.append(pool.submit(put_manifest, proxy.registry, f"{style}-14", content))
        answers = [push.result() for push in held]
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 5
    for refused in (answer for answer in answers if answer.status_code == 429):
        assert refused.headers["Retry-After"] == "1"
        if style == "registry-json":
            assert refused.json()["errors"][0]["code"] == "TOOMANYREQUESTS"
        else:
            assert refused.text == "Too Many Requests\n"
    hits = hits_since(proxy, after, 30)
    assert {hit.outcome for hit in hits if hit.rule == "gate"} == {"held"}
    assert sorted(hit.outcome for hit in hits if hit.rule == "limit") == ["error"] * 5 + ["passed"] * 10
    released = [hit.at for hit in hits if hit.rule == "limit"]
    assert max(released) - min(released) < 0.5, "all let go at once"
    assert {hit.call.reference for hit in hits} == {f"{style}-{n}" for n in range(15)}


def until(holds: Callable[[], bool]) -> None:
    """Look until it holds, for 10 s."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_a_rule_holds_goes_on_when_the_rule_is_taken_away(proxy: RunningProxy) -> None:
    proxy.admin.put_rule("gate", rule("registry", {"kind": "gate", "count": 2, "max_hold_s": 30}))
    proxy.admin.put_rule("slow", rule("sts", {"kind": "latency", "ms": 30_000}))
    sts = boto3.client("sts", **aws(proxy.aws))
    with ThreadPoolExecutor(2) as pool:
        ping = pool.submit(requests.get, f"{proxy.registry}/v2/", timeout=30)
        identity = pool.submit(sts.get_caller_identity)
        until(lambda: [active.waiting for active in proxy.admin.rules()] == [1, 1])
        assert proxy.admin.delete_owned(OWNER) == ["gate", "slow"]
        assert ping.result(timeout=5).status_code == 200
        assert identity.result(timeout=5)["Account"]


def test_one_who_gives_up_waiting_is_on_record(proxy: RunningProxy) -> None:
    after = proxy.admin.last_seq()
    proxy.admin.put_rule("slow", rule("registry", {"kind": "latency", "ms": 30_000}))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{proxy.registry}/v2/", timeout=0.2)
    (hit,) = hits_since(proxy, after, 1)
    assert (hit.outcome, hit.status) == ("delayed", None)
    assert 0 < hit.waited_ms < 10_000


def test_latency_is_added(proxy: RunningProxy) -> None:
    proxy.admin.put_rule("slow", rule("registry", {"kind": "latency", "ms": 200, "jitter_ms": 50}))
    started = time.monotonic()
    assert requests.get(f"{proxy.registry}/v2/", timeout=10).status_code == 200
    assert 0.2 <= time.monotonic() - started < 5


def test_a_reset_is_a_reset(proxy: RunningProxy, s3: S3Client) -> None:
    proxy.admin.put_rule("reset", rule("s3", {"kind": "reset"}))
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        s3.list_buckets()
    with socket.create_connection((LOOPBACK, proxy.aws_port), timeout=10) as caller:
        caller.sendall(b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            caller.recv(1000)


@pytest.mark.parametrize("after_bytes", [0, 1000, 1_500_000])
def test_an_answer_is_cut_short(proxy: RunningProxy, s3: S3Client, after_bytes: int) -> None:
    body = os.urandom(2_000_000)
    s3.put_object(Bucket=BUCKET, Key="k", Body=body)
    proxy.admin.put_rule("cut", rule("s3", {"kind": "truncate", "after_bytes": after_bytes}))
    connection = http.client.HTTPConnection(LOOPBACK, proxy.aws_port, timeout=10)
    connection.request("GET", f"/{BUCKET}/k", headers={"Authorization": UNCHECKED})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Length"]) == (200, "2000000")
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert cut.value.partial == body[:after_bytes]
    connection.close()


UNCHECKED = "AWS4-HMAC-SHA256 Credential=AKIATEST/20250301/us-west-2/s3/aws4_request, SignedHeaders=host, Signature=0"


# ---- rules and hits


def test_a_rule_ends_by_itself(proxy: RunningProxy) -> None:
    proxy.admin.put_rule(
        "brief", rule("registry", {"kind": "error", "status": 503, "style": "registry-json"}, ttl_s=1.5)
    )
    assert requests.get(f"{proxy.registry}/v2/", timeout=10).status_code == 503
    (brief,) = proxy.admin.rules()
    assert (brief.id, brief.owner, brief.hits) == ("brief", OWNER, 1)
    assert 0 < brief.remaining_s <= 1.5
    until(lambda: proxy.admin.rules() == [])
    assert requests.get(f"{proxy.registry}/v2/", timeout=10).status_code == 200


def test_nonsense_is_refused_with_the_reason(proxy: RunningProxy) -> None:
    with pytest.raises(TargetError, match="registry has no 'Push'"):
        proxy.admin.put_rule("bad", rule("registry", {"kind": "reset"}, match={"operations": ["Push"]}))
    with pytest.raises(TargetError, match="id"):
        proxy.admin.put_rule("a b", rule("registry", {"kind": "reset"}))
    with pytest.raises(TargetError, match="owner"):
        proxy.admin.delete_owned("")
    with pytest.raises(TargetError, match="started anew"):
        next(proxy.admin.stream(proxy.admin.last_seq() + 1))
    assert proxy.admin.rules() == []


def test_hits_arrive_as_they_happen(proxy: RunningProxy) -> None:
    proxy.admin.put_rule("slow", rule("registry", {"kind": "latency", "ms": 1}))
    stream = proxy.admin.stream(proxy.admin.last_seq())
    with ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            coming = pool.submit(next, stream)
            sent_at = time.time()
            requests.get(f"{proxy.registry}/v2/", timeout=10)
            hit = coming.result(timeout=5)
            assert sent_at <= hit.at <= time.time()
            assert (hit.call.operation, hit.outcome, hit.status) == ("Ping", "delayed", 200)


def test_a_lost_hit_is_an_error_not_a_gap(moto: str, registry: str) -> None:
    with running_proxy(moto, registry, keep_hits=2) as proxy:
        proxy.admin.put_rule("slow", rule("registry", {"kind": "latency", "ms": 1}))
        for _ in range(5):
            requests.get(f"{proxy.registry}/v2/", timeout=10)
        with pytest.raises(TargetError, match="3 hits"):
            proxy.admin.hits(0)
        with pytest.raises(TargetError, match="3 hits"):
            next(proxy.admin.stream(0))
        assert [hit.seq for hit in proxy.admin.hits(3)] == [4, 5]


def test_sigterm_lets_held_requests_go_and_ends_streams(moto: str, registry: str) -> None:
    with running_proxy(moto, registry) as proxy, ThreadPoolExecutor(2) as pool:
        proxy.admin.put_rule("gate", rule("registry", {"kind": "gate", "count": 2, "max_hold_s": 30}))
        told = pool.submit(next, proxy.admin.stream(0))
        held = pool.submit(requests.get, f"{proxy.registry}/v2/", timeout=30)
        until(lambda: proxy.admin.rules()[0].waiting == 1)
        proxy.process.send_signal(signal.SIGTERM)
        assert held.result(timeout=10).status_code == 200
        assert told.result(timeout=10).outcome == "held"
        assert proxy.process.wait(timeout=10) == 0


@pytest.mark.parametrize("bad", [["--route", "aws", ":x", "http://a"], ["--route", "ftp", ":0", "http://a"], []])
def test_a_wrong_command_line_starts_nothing(bad: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "chaos.proxy", "--admin", f"{LOOPBACK}:0", *bad], check=False, capture_output=True
    )
    assert ended.returncode == 2
    assert b"Error: " in ended.stderr
