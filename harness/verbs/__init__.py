"""What a scenario does: come to rest, build, speak of alerts, handle an incident."""
