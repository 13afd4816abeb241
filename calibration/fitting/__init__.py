"""The fit: sampler, checkpoints, convergence, and what it learned."""
