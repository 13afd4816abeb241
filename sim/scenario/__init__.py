"""Scenarios, and the worlds, records and posteriors that they refer to: read, checked, resolved."""
