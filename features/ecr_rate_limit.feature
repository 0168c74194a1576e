@ecr
Feature: ECR rate limit
  Fifteen builds push in the same moment, ECR takes ten pushes a second and refuses the rest with 429. The pipeline
  tries again by itself: every build completes, somewhat later, and nobody has to act (SRE-001, Scenario 2).

  Background:
    Given the pipeline is in steady state

  Scenario Outline: ECR rate limit: <form>
    Given 15 parsers named "<parsers>-free" are built at once and all succeed within 180 s
    When ecr-throttled is injected as "<form>" for 15 pushes
    And 15 parsers named "<parsers>" are built at once
    Then all 15 builds succeed within 240 s
    And some pushes are refused with 429
    And every refused push is tried again by the pipeline itself
    And the slowest build takes at most 60 s longer than without the limit
    And each build is in the registry exactly once
    And no alert has fired
    And nobody has acted by hand
    And the queues hold fewer than 1 messages within 30 s

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s

    Examples:
      | form                | parsers     |
      | bare 429            | burst-bare  |
      | 429 TOOMANYREQUESTS | burst-coded |
