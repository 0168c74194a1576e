"""Does a rule match a call? Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from fnmatch import translate
from operator import attrgetter

from chaos.proxy.call import Call
from chaos.proxy.rules import Match

Test = Callable[[Call], bool]


def matcher(match: Match) -> Test:
    """A test of calls, with all patterns compiled."""
    service, operations, caller = match.service, frozenset(match.operations), match.caller
    patterns: list[tuple[Callable[[Call], str], Callable[[str], object]]] = [
        (read, re.compile(translate(glob)).match)
        for glob, read in (
            (match.bucket, attrgetter("bucket")),
            (match.key, attrgetter("key")),
            (match.repository, attrgetter("repository")),
            (match.reference, attrgetter("reference")),
            (caller.user_agent, attrgetter("caller.user_agent")),
            (caller.access_key, attrgetter("caller.access_key")),
            (caller.role, attrgetter("caller.role")),
            (caller.session, attrgetter("caller.session")),
        )
        if glob is not None
    ]
    network = ipaddress.ip_network(caller.ip) if caller.ip is not None else None

    def matches(call: Call) -> bool:
        return (
            call.service == service
            and (not operations or call.operation in operations)
            and all(fits(read(call)) for read, fits in patterns)
            and (network is None or _within(call.caller.ip, network))
        )

    return matches


def _within(ip: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(ip) in network
    except ValueError:
        return False
