"""Which calls a rule is about."""

from __future__ import annotations

import pytest

from chaos.proxy.call import Call, Caller
from chaos.proxy.matching import matcher
from chaos.proxy.rules import CallerMatch, Match

GET = Call(
    service="s3",
    operation="GetObject",
    bucket="modules",
    key="global/parser/a1",
    caller=Caller(ip="10.244.0.7", user_agent="aws-sdk-go-v2", access_key="ASIA1", role="builder", session="kaniko"),
)


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(service="s3"), True),
        (Match(service="sts"), False),
        (Match(service="s3", operations=("HeadObject", "GetObject")), True),
        (Match(service="s3", operations=("HeadObject",)), False),
        (Match(service="s3", bucket="modules", key="global/parser/*"), True),
        (Match(service="s3", key="global/*/a1"), True),
        (Match(service="s3", key="parser/*"), False),
        (Match(service="s3", key="GLOBAL/*"), False),
        (Match(service="s3", key="global/parser/a[23]"), False),
        (Match(service="s3", caller=CallerMatch(ip="10.244.0.0/24")), True),
        (Match(service="s3", caller=CallerMatch(ip="10.244.0.8")), False),
        (Match(service="s3", caller=CallerMatch(user_agent="aws-sdk-go*")), True),
        (Match(service="s3", caller=CallerMatch(role="builder", session="kan*")), True),
        (Match(service="s3", caller=CallerMatch(role="reader")), False),
        (Match(service="s3", caller=CallerMatch(access_key="ASIA?")), True),
    ],
)
def test_all_that_is_named_must_fit(match: Match, expected: bool) -> None:
    assert matcher(match)(GET) is expected


def test_what_is_not_known_matches_no_pattern_that_asks_for_something() -> None:
    unknown = Call(service="s3", operation="GetObject")
    assert not matcher(Match(service="s3", caller=CallerMatch(ip="0.0.0.0/0")))(unknown)
    assert not matcher(Match(service="s3", caller=CallerMatch(role="?*")))(unknown)
