"""What is sent to a service stays in the node.

While a service's endpoints change there are moments without a rule of kube-proxy's for it. A connection opened in one
would leave the node, and whatever takes it out there keeps it for as long as it answers: a metrics target that said 404
for minutes, though it was well, was such a one. What a rule does take has a pod's address by the time it is forwarded.
"""

from __future__ import annotations

from typing import Any

import yaml

from harness.errors import UsageError
from harness.ground.command import ANSWER_LIMIT_S, Commands
from harness.ground.workspace import NODE_CONTAINER

_LOG = "kind"
_PER_PROTOCOL = {"tcp": "tcp-reset", "udp": "icmp-port-unreachable"}


def service_subnet(config: str) -> str:
    """The addresses of services in a kind configuration. Raises UsageError when it does not say."""
    networking: dict[str, Any] = yaml.safe_load(config).get("networking", {})
    if "serviceSubnet" not in networking:
        raise UsageError(
            "clusters/kind.yaml names no networking.serviceSubnet", todo="say which addresses services get"
        )
    return str(networking["serviceSubnet"])


def keep_services_inside(commands: Commands, subnet: str) -> None:
    """Have the node refuse to forward what is sent to `subnet`. Does nothing where it does already.

    Raises CommandFailed.
    """
    for protocol, answer in _PER_PROTOCOL.items():
        rule = f"FORWARD --destination {subnet} --protocol {protocol} --jump REJECT --reject-with {answer}"
        ensure = f"iptables --wait --check {rule} 2>/dev/null || iptables --wait --insert {rule}"
        commands.run(["docker", "exec", NODE_CONTAINER, "sh", "-c", ensure], log=_LOG, timeout_s=ANSWER_LIMIT_S)
