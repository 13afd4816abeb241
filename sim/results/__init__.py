"""What is read off trajectories: outcomes, tallies that merge, distributions, lanes that failed."""
