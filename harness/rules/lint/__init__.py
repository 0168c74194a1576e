"""Alert rules looked at, and run, before an incident does it: which never fire, always fire, or miss the first burst.

Rules are read into plain data (`model`), each check in `checks/` raises suspicions, a suspicion that carries a proof is
put before Prometheus' own engine (`proof`), and what is left is told (`output`). Only what the engine has confirmed is
an error.
"""
