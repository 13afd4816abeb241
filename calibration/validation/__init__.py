"""Can the fit be trusted? Recovery, replicates, coverage."""
