"""What the fitted model says of the record, and evidence that no fit has seen."""
