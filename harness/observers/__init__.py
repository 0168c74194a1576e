"""Watch one source each, in a thread of their own, and record what they see as facts."""
