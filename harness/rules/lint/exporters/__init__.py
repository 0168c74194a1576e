"""What is known of well-known exporters, as data: their metrics, labels and values, and older names of these."""
