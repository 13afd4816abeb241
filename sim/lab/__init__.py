"""What-if studies on stored runs."""
