"""Explanations held against what they were not fitted to, beside baselines."""
