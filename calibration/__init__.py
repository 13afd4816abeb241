"""What states did and what was measured, and how a model is held against it."""
