"""What-if studies: one module each, all on stored runs."""
