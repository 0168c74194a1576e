"""The node under pressure: how much there is, and a pod that makes more of it. See harness.target.Node."""

from __future__ import annotations

import re

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.longrunning import Named, running_pods
from harness.cluster.plain import ask, pods, read, text
from harness.cluster.streams import output
from harness.target import Pressed

_TIMEOUT_S = 10
_CPU = "/proc/pressure/cpu"
_SOME = re.compile(r"^some avg10=", re.M)
_BUSY = """
import os, signal, sys, time

def waited():
    with open("/proc/pressure/cpu") as told:
        return int(told.readline().rpartition("total=")[2]) / 1e6

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
began, before = time.monotonic(), waited()
until, said = began + int(sys.argv[1]), began
ballast = b"x" * (32 << 20)
for _ in range(2 * os.cpu_count() - 1):
    if os.fork() == 0:
        while time.monotonic() < until:
            pass
        os._exit(0)
while (now := time.monotonic()) < until:
    if now - said >= 0.5:
        said, age = now, now - began
        print((waited() - before) / age, 2 * time.process_time() / age, age, flush=True)
"""
"""Two busy loops a processor and 32 MiB, until told to stop: the first process's end is that of all. It is a loop as
the others are, so that twice its share of one processor is the share that all take of all."""


class NodePressure:
    """The node of `instrument`, a workload whose image has python3; pods that press are made in `namespace`."""

    def __init__(self, api: client.ApiClient, namespace: str, instrument: Named) -> None:
        self._api = api
        self._namespace = namespace
        self._pods = pods(namespace)
        self._instrument = instrument

    def tells_of_pressure(self) -> bool:
        pod = running_pods(self._api, self._instrument)[0]["metadata"]
        with answering(f"{_CPU} in {pod['name']}"):
            said = output(self._api, pod["namespace"], pod["name"], ["cat", _CPU])
        return _SOME.search(said) is not None

    def press(self, name: str, seconds: int) -> None:
        instrument = running_pods(self._api, self._instrument)[0]["spec"]
        busy = {
            "name": "busy",
            "image": instrument["containers"][0]["image"],
            "imagePullPolicy": "IfNotPresent",
            "command": ["python3", "-c", _BUSY, str(seconds)],
            # As much weight as the builder: what runs beside it gets slow, and still gets on.
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        }
        pod = {
            "metadata": {"name": name, "labels": {"app": "node-pressure"}},
            "spec": {
                "activeDeadlineSeconds": seconds,
                "restartPolicy": "Never",
                "nodeName": instrument["nodeName"],
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": 0,
                "containers": [busy],
            },
        }
        with answering(f"pod {self._namespace}/{name}"):
            ask(self._api, "POST", self._pods, pod, timeout_s=_TIMEOUT_S)

    def pressing(self, name: str) -> Pressed | None:
        with answering(f"pod {self._namespace}/{name}"):
            try:
                pod = read(self._api, f"{self._pods}/{name}", timeout_s=_TIMEOUT_S)
                if pod["status"].get("phase") != "Running":
                    return None
                said = text(self._api, f"{self._pods}/{name}/log?tailLines=1", timeout_s=_TIMEOUT_S)
            except ApiException as error:
                if error.status == 404:
                    return None
                raise
        return pressed_in(said)

    def relieve(self, name: str) -> None:
        with answering(f"pod {self._namespace}/{name}"):
            try:
                ask(self._api, "DELETE", f"{self._pods}/{name}", {"gracePeriodSeconds": 0}, timeout_s=_TIMEOUT_S)
            except ApiException as error:
                if error.status != 404:
                    raise


def pressed_in(said: str) -> Pressed | None:
    """What the pod's last line tells; None when it has told nothing yet."""
    shares = said.split()
    return Pressed(*map(float, shares)) if len(shares) == 3 else None
