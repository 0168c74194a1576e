"""What can break: faults, and their use as a chaostoolkit extension."""

from typing import Any


def discover(discover_system: bool = True) -> dict[str, Any]:
    """What this extension offers: chaostoolkit's discovery calls it by this name."""
    from chaos.discovery import discovery  # noqa: PLC0415 - faults are used where there is no chaostoolkit

    return discovery(with_system=discover_system)
