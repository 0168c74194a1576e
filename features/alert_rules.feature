@rules
Feature: Alert rules
  An alert that can never fire is noticed in the incident that it was for. So the rules that Prometheus evaluates are
  put before Prometheus' own engine, while nothing is broken.

  Background:
    Given the pipeline is in steady state

  Scenario: Alert rules: those that Prometheus evaluates
    Then the alert rules are sound
