"""A calibration as a page with figures."""
