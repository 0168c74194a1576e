"""The fault proxy: stands in front of the AWS API and the registry, and misbehaves when told to.

Without rules every request passes through as it came. A rule says which requests it is about (`match`), when it
acts on them (`when`), what it does (`fault`), whose it is (`owner`) and for how long (`ttl_s`); rules are put and
taken away through the admin port. Every request that a rule matched is recorded as a hit.

    call.py, classify.py, identity.py    what a request asks for, and who asks
    s3_api.py, registry_api.py           the same for two of the services
    rules.py, matching.py, policy.py     what a rule may say; does it match; does it act now
    answers.py                           what AWS or a registry would have answered
    rulebook.py, hits.py                 the rules in force; what they did
    relay.py, faulty.py                  passing a request on; the same, with faults
    admin.py, service.py                 the admin API; the sockets
    bench.py                             what passing through costs

It runs alone in a small image, so nothing here imports the rest of the project.
"""

VERSION = "1"
"""Version of the admin API; a client refuses any other."""
