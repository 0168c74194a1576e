"""What is not ours is refused, before anything is asked of it; a cluster whose owner opted in is not."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from moto.server import ThreadedMotoServer

from harness.aws.emulator import refuse_other_than_emulator
from harness.cluster.connection import connect, connect_inside, connect_opted_in
from harness.errors import NotOurs, TargetError
from harness.targets import reference

ROOT = Path(__file__).parents[2]


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


class Namespaces(http.server.BaseHTTPRequestHandler):
    """An API server that knows namespaces and their labels, and refuses every write."""

    labels: dict[str, dict[str, str]] = {}  # noqa: RUF012 - set by the one test that is running
    agents: list[str] = []  # noqa: RUF012 - shared by the handlers of one test

    def do_GET(self) -> None:
        Namespaces.agents.append(self.headers.get("Impersonate-User", ""))
        name = self.path.rpartition("/")[2]
        found = self.path == f"/api/v1/namespaces/{name}" and name in Namespaces.labels
        body = {"metadata": {"name": name, "labels": Namespaces.labels[name]}} if found else {"code": 404}
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def owned() -> Iterator[Callable[[dict[str, dict[str, str]]], str]]:
    """Starts somebody else's API server, given the labels of its namespaces; answers with its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(labels: dict[str, dict[str, str]]) -> str:
        Namespaces.labels = labels
        Namespaces.agents.clear()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Namespaces)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
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


@pytest.fixture
def emulator() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_emulator_is_accepted(emulator: str) -> None:
    refuse_other_than_emulator(emulator)


@pytest.mark.parametrize(
    "endpoint", ["https://s3.us-west-2.amazonaws.com", "http://10.0.0.1:5000", "http://127.0.0.1.example.com"]
)
def test_an_endpoint_elsewhere_is_refused_unasked(endpoint: str) -> None:
    with pytest.raises(NotOurs, match="not on this machine"):
        refuse_other_than_emulator(endpoint)


def test_something_else_on_this_machine_is_refused(stranger: str) -> None:
    with pytest.raises(NotOurs, match="is not the AWS emulator"):
        refuse_other_than_emulator(stranger)


def test_an_emulator_that_hangs_is_not_taken_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.aws.emulator._TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TargetError, match="does not answer"):
        refuse_other_than_emulator(f"http://127.0.0.1:{silent.getsockname()[1]}")


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


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:5000", "https://s3.us-west-2.amazonaws.com", "http://api.aws.svc.cluster.local.example.com"],
)
def test_inside_the_cluster_only_its_own_services_may_be_the_emulator(endpoint: str) -> None:
    with pytest.raises(NotOurs, match="not in this cluster"):
        refuse_other_than_emulator(endpoint, inside=True)


def test_from_here_a_service_of_a_cluster_is_refused() -> None:
    with pytest.raises(NotOurs, match="not on this machine"):
        refuse_other_than_emulator("http://api-direct.aws.svc.cluster.local")


def test_outside_of_a_cluster_there_is_no_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(TargetError, match="not inside a cluster"):
        connect_inside()


OWN = {"chaos-harness/opt-in": "shop"}


def opted_in(folder: Path, server: str, context: str = "staging") -> object:
    return connect_opted_in(
        kubeconfig(folder, "staging", server), context, profile="shop", namespaces=["builds", "queue"]
    )


def test_a_cluster_whose_namespaces_all_carry_the_label_is_accepted(
    tmp_path: Path, owned: Callable[[dict[str, dict[str, str]]], str]
) -> None:
    opted_in(tmp_path, owned({"builds": OWN, "queue": OWN | {"team": "x"}}))
    # In somebody else's cluster the harness is whom the kubeconfig says, and nobody greater.
    assert Namespaces.agents == ["", ""]


@pytest.mark.parametrize(
    ("queue", "why"),
    [
        ({}, "namespace queue lacks the label chaos-harness/opt-in=shop"),
        ({"chaos-harness/opt-in": "other"}, "namespace queue carries chaos-harness/opt-in=other"),
        ({"chaos-harness/opt-in": "Shop"}, "namespace queue carries chaos-harness/opt-in=Shop"),
    ],
)
def test_a_namespace_without_the_label_is_refused_with_what_its_owner_would_type(
    tmp_path: Path, owned: Callable[[dict[str, dict[str, str]]], str], queue: dict[str, str], why: str
) -> None:
    with pytest.raises(NotOurs) as refused:
        opted_in(tmp_path, owned({"builds": OWN, "queue": queue}))
    assert why in refused.value.what
    assert "namespace builds" not in refused.value.what
    command = "kubectl --context staging label --overwrite namespace queue chaos-harness/opt-in=shop"
    assert command in refused.value.todo


def test_a_namespace_that_is_not_there_is_refused(
    tmp_path: Path, owned: Callable[[dict[str, dict[str, str]]], str]
) -> None:
    with pytest.raises(NotOurs, match="there is no namespace queue"):
        opted_in(tmp_path, owned({"builds": OWN}))


def test_another_current_context_than_the_profiles_is_refused_unasked(tmp_path: Path, stranger: str) -> None:
    with pytest.raises(NotOurs, match=r"the current context of .* is staging .* the profile shop is for production"):
        opted_in(tmp_path, stranger, context="production")
    assert Recorder.asked == []


def profile_for(folder: Path, **fields: object) -> Path:
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((ROOT / "clusters/reference/profile.yaml").read_text()) | fields))
    return path


def test_a_profile_that_does_not_opt_in_reaches_no_other_cluster(tmp_path: Path, stranger: str) -> None:
    (tmp_path / ".state").mkdir()
    kubeconfig(tmp_path / ".state", "staging", stranger)
    target = reference.connect(profile_for(tmp_path), tmp_path)
    with pytest.raises(NotOurs, match="not at this project's cluster"):
        _ = target.incarnation
    assert Recorder.asked == []


def test_a_profile_that_opts_in_still_needs_every_label(
    tmp_path: Path, owned: Callable[[dict[str, dict[str, str]]], str]
) -> None:
    server = owned({"knative-lambda": {"chaos-harness/opt-in": "reference"}})
    kubeconfig(tmp_path, "staging", server)
    path = profile_for(tmp_path, cluster={"kubeconfig": "kubeconfig", "context": "staging"})
    with pytest.raises(NotOurs, match="there is no namespace messaging") as refused:
        _ = reference.connect(path, tmp_path).incarnation
    assert "namespace knative-lambda" not in refused.value.what


@pytest.mark.parametrize("field", ["endpoint", "endpoint_as_seen"])
def test_a_profile_that_opts_in_still_may_not_reach_aws(
    tmp_path: Path, owned: Callable[[dict[str, dict[str, str]]], str], emulator: str, field: str
) -> None:
    kubeconfig(tmp_path, "staging", owned({}))
    aws = yaml.safe_load((ROOT / "clusters/reference/profile.yaml").read_text())["aws"]
    aws |= {"endpoint": emulator, field: "https://s3.us-west-2.amazonaws.com"}
    path = profile_for(tmp_path, cluster={"kubeconfig": "kubeconfig", "context": "staging"}, aws=aws)
    with pytest.raises(NotOurs, match="not on this machine"):
        reference.connect(path, tmp_path).guard()
    assert Namespaces.agents == []


def test_a_redirect_to_the_emulator_is_not_the_emulator(emulator: str) -> None:
    class Redirect(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{emulator}{self.path}")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(NotOurs, match="is not the AWS emulator"):
            refuse_other_than_emulator(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
