@s3
Feature: S3 access denied
  A build that may not read its parser fails fast, pages the on-call SRE, can be told apart from its
  look-alikes, and succeeds again once the cause is mended (SRE-001, Scenario 1).

  Background:
    Given the pipeline is in steady state

  Scenario Outline: S3 access denied: <cause>
    Given parser "<parser>" is stored in S3
    When <fault> is injected
    And the parser is built
    Then the job fails within 30 s of its start
    And the kaniko log says "StatusCode: 403.*AccessDenied"
    And the failure is counted as s3_access_denied within 10 s
    And BuildFailureRateHigh fires as critical as soon as its rule promises
    And BuildFailureRateHigh carries:
      | kind       | name        | value                                                     |
      | label      | severity    | critical                                                  |
      | label      | team        | knative-lambda                                            |
      | annotation | summary     | More than 10 % of builds fail                             |
      | annotation | runbook_url | https://runbooks.example.com/sre-001#buildfailureratehigh |
    And BuildFailureRateHigh is set to fire above 0.1
    And PagerDuty and Slack are told of it
    And the cause is identified as <fault> within 5 min

    When the responder applies the runbook's fix
    Then the fix is in effect within 30 s
    And the same parser builds within 65 s

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s
    And BuildFailureRateHigh resolves as soon as its rule promises
    And PagerDuty and Slack are told that it is resolved
    And parser "<parser>-next" still builds within 65 s
    And the success rate is at least 95 % within 60 s
    And the queues hold fewer than 100 messages within 30 s
    And the incident is over within 30 min
    And no alert has fired but BuildFailureRateHigh and BuildFailureRateElevated
    And no alert is left
    And each alert was told once

    Examples:
      | cause                                        | fault                 | parser         |
      | the role lost its policy                     | iam-policy-removed    | s3-policy-lost |
      | the service account names the wrong role     | role-annotation-wrong | s3-wrong-role  |
      | the parser is gone from the bucket           | s3-object-missing     | s3-gone        |
