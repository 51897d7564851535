"""Measures the checks themselves: which faults they find, and whether they ever blame a server that conforms."""
