"""Talks to the target's services: one service a file, no judgement, no waiting."""
