"""What is not ours is refused, before anything is asked of it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from moto.server import ThreadedMotoServer

from harness.aws.account import refuse_other_than_emulator
from harness.cluster.connection import connect
from harness.errors import NotOurs, TargetError


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers everything with an empty JSON list, and remembers what it was asked."""

    asked: list[str] = []  # noqa: RUF012 - shared by the handlers of one test

    def do_GET(self) -> None:
        Recorder.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def stranger() -> Iterator[str]:
    Recorder.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def kubeconfig(folder: Path, context: str, server: str) -> Path:
    path = folder / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": context,
                "clusters": [{"name": context, "cluster": {"server": server}}],
                "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
                "users": [{"name": context, "user": {"token": "x"}}],
            }
        )
    )
    return path


def test_the_emulator_is_accepted() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        refuse_other_than_emulator(f"http://{host}:{port}")
    finally:
        server.stop()


@pytest.mark.parametrize(
    "endpoint", ["https://s3.us-west-2.amazonaws.com", "http://10.0.0.1:5000", "http://127.0.0.1.example.com"]
)
def test_an_endpoint_elsewhere_is_refused_unasked(endpoint: str) -> None:
    with pytest.raises(NotOurs, match="not on this machine"):
        refuse_other_than_emulator(endpoint)


def test_something_else_on_this_machine_is_refused(stranger: str) -> None:
    with pytest.raises(NotOurs, match="is not the AWS emulator"):
        refuse_other_than_emulator(stranger)


def test_no_emulator_is_an_error_with_what_to_do() -> None:
    with pytest.raises(TargetError, match="make up"):
        refuse_other_than_emulator("http://127.0.0.1:9")


@pytest.mark.parametrize("context", ["kind-other", "production", "arn:aws:eks:us-west-2:1:cluster/prd"])
def test_another_context_is_refused_unasked(context: str, tmp_path: Path, stranger: str) -> None:
    with pytest.raises(NotOurs, match="not at this project's cluster"):
        connect(kubeconfig(tmp_path, context, stranger))
    assert Recorder.asked == []


def test_an_api_server_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotOurs, match=r"eks\.amazonaws\.com"):
        connect(kubeconfig(tmp_path, "kind-chaos-harness", "https://abc.eks.amazonaws.com"))


def test_no_kubeconfig_says_make_up(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="make up"):
        connect(tmp_path / "kubeconfig")


def test_a_broken_kubeconfig_says_make_up(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("]")
    with pytest.raises(TargetError, match="no usable kubeconfig"):
        connect(tmp_path / "kubeconfig")
