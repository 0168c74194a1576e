"""Alert rules as data: durations, scaling, timing. For anybody's Prometheus rules; needs no cluster."""
