"""From what an SRE can see to a cause, and from the cause to its remedy."""
