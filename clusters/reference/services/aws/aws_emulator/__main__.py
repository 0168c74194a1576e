"""`python -m aws_emulator -H 0.0.0.0 -p 5000`: moto's server with the corrections installed."""

from __future__ import annotations

from moto.server import main

from aws_emulator.fidelity import mend

mend()
main()
