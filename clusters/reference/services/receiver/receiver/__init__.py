"""Where notifications end up: PagerDuty's Events API v2, Slack's incoming webhook, a developer's endpoint."""
