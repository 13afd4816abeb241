"""How the model is held against what states did and what was measured. Start at the top; a room needs those above it.

===================  ==================================================================================================
``evidence/``        the targets of a record, arranged as arrays; external evidence, which no fit sees
``hypotheses/``      what is believed before (priors), and rival explanations: sets of mechanisms switched on or off
``likelihood/``      how probable the targets are, a module for each stream
``fitting/``         draws from a posterior: sampler, checkpoints, convergence, and what was learned
``comparison/``      explanations, baselines, levers and placebos on held-out parts of the record; forecasts and scores
``measurement/``     where states stand, measured by votes, arms, exercises, visits and treaties; homes of the world come from it
``report/``          a calibration as a page with figures
``validation/``      whether the fit is to be trusted: recovery, replicates, coverage, one verdict a check
``findings/``        effects in plain units, single episodes, influence of single states, external evidence
``store``            a calibration on disk: fitted once, continued where it was stopped, found again
``score``, ``ship``  scores of a posterior on any record; the calibration that comes with Wedge
===================  ==================================================================================================

Only ``posterior/``, draws and tables, reaches a simulation, and as data: ``sim`` imports nothing from here except in commands.
"""
