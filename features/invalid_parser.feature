@parser
Feature: Invalid parser file
  A parser that cannot be built fails at once and for good: its developer is told where the error is, nobody's other
  builds suffer, and the parser builds again once it is mended (SRE-001, Scenario 3).

  Background:
    Given the pipeline is in steady state

  Scenario: Invalid parser: a syntax error
    Given parser "bad-syntax" is stored in S3
    When parser-invalid is injected as "syntax error"
    And the parser is built
    And 3 other parsers are built meanwhile
    Then the job fails within 30 s of its start
    And the kaniko log says "SyntaxError"
    And the failure is counted as invalid_parser within 10 s
    And the build has failed for good as invalid_parser after 1 attempt
    And the developer is told of "parser.py:2" and "SyntaxError"
    And the 3 other builds succeed within 65 s

    When the developer stores a mended parser
    Then the same parser builds within 65 s

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s

  Scenario: Invalid parser: what is no parser at all
    When parsers are made invalid and built:
      | parser       | form           |
      | bad-archive  | no archive     |
      | bad-empty    | empty file     |
      | bad-nothing  | empty archive  |
      | bad-encoding | wrong encoding |
      | bad-path     | hostile path   |
      | bad-size     | too big        |
    Then each of those builds has failed for good as invalid_parser after 1 attempt within 60 s
    And the developer of each is told
    And parser "bad-none" still builds within 65 s

    When the responder deletes the failed jobs
    Then no failed job is left within 30 s
