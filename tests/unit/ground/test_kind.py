"""What is read from kind's configuration."""

from __future__ import annotations

from harness.ground.kind import published_ports

CONFIG = """
nodes:
  - role: control-plane
    extraPortMappings:
      - {listenAddress: 127.0.0.1, hostPort: 31500, containerPort: 31500}
      - {hostPort: 31501, containerPort: 31501}
  - role: worker
"""


def test_published_ports() -> None:
    assert published_ports(CONFIG) == {"127.0.0.1": [31500], "0.0.0.0": [31501]}
