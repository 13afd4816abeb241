"""What the record decides of a lane: draws taken from their conditional distribution."""
