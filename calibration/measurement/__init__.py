"""Where states stand, measured: a scale from what the powers and the states do with each other, with its errors.

================  ====================================================================================================
``indicators``    votes, arms, exercises, visits, treaties and troops by state and year, and the recorded steps
``parameters``    loadings, offsets and noises of the scale, with their priors
``factor``        the linear normal model: its likelihood, and homes and positions given its parameters
``movement``      whether positions follow memberships, or steps not yet taken
``scale``         a fit: draws of homes and positions, who stands nearer the hub, what is learned
``summary``       homes and findings as files
================  ====================================================================================================

``python -m calibration.measurement`` measures again and writes ``homes.csv``, from which the world is built, and
``summary.json`` here. Nothing of this runs when a simulation runs.
"""
