"""The pipeline's services are no part of the installed project: each is found in its own folder."""

from __future__ import annotations

import sys
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "clusters" / "reference"

for service in ("builder", "receiver", "aws"):
    sys.path.append(str(REFERENCE / "services" / service))
