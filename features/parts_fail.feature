@parts
Feature: Parts of the pipeline fail and come back
  Whatever the pipeline stands on may be away or slow for a while, and its own processes may be killed under way. Nothing
  that was asked for is lost or done twice, and nobody has to act.

  Background:
    Given the pipeline is in steady state

  Scenario Outline: Parts fail: <workload> is killed
    When 2 parsers named "<parsers>" are built at once
    And pod-kill of <workload> is injected
    Then the pipeline is well again within 45 s
    And all 2 builds succeed within 65 s
    And each build is in the registry exactly once
    And no alert has fired
    And nobody has acted by hand

    Examples:
      | workload   | parsers     |
      | builder    | kill-build  |
      | rabbitmq   | kill-broker |
      | prometheus | kill-prom   |

  Scenario: Parts fail: the queue is away while builds end
    When 2 parsers named "queue-away" are built at once
    And queue-down is injected
    Then each of their jobs succeeds within 65 s of its start

    When the fault is healed
    Then the pipeline is well again within 45 s
    And all 2 builds succeed within 90 s
    And each build is in the registry exactly once
    And no alert has fired
    And nobody has acted by hand

  Scenario Outline: Parts fail: <fault>, then back
    When <fault> is injected
    And 2 parsers named "<parsers>" are built at once
    Then each of their jobs fails at first, within 30 s of its start

    When the fault is healed
    Then all 2 builds succeed within 90 s
    And each build is in the registry exactly once
    And the pipeline is well again within 60 s
    And no alert has fired
    And nobody has acted by hand

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s

    Examples:
      | fault         | parsers   |
      | sts-down      | sts-away  |
      | registry-down | reg-away  |

  Scenario Outline: Parts fail: <fault>, and builds go on
    When <fault> is injected
    And 2 parsers named "<parsers>" are built at once
    Then all 2 builds succeed within 65 s
    And each build is in the registry exactly once
    And no alert has fired
    And nobody has acted by hand

    When the fault is healed
    Then the pipeline is well again within 30 s

    Examples:
      | fault         | parsers   |
      | registry-slow | reg-slow  |
      | node-pressure | node-busy |

  Scenario: Parts fail: s3-denied, for good until it is mended
    Given parser "s3-denied" is stored in S3
    When s3-denied is injected
    And the parser is built
    Then the job fails within 30 s of its start
    And the build has failed for good as s3_access_denied after 1 attempt
    And BuildFailureRateHigh fires as critical within 330 s of the failure
    And PagerDuty and Slack are told of it within 360 s of the fault

    When the fault is healed
    Then the same parser builds within 65 s
    And FailedJobsAccumulating has stayed inactive
    And no alert has fired but BuildFailureRateHigh and BuildFailureRateElevated

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s
