"""What the fitted model says of the record, and external evidence, which no fit sees."""
