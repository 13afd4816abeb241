"""What is believed before the record is seen: priors, and rival explanations."""
