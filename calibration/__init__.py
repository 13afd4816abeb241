"""How the model is held against what states did and what was measured. Start at the top; each line needs those above.

==================================================  ===================================================================================
``evidence/``, ``observe``                          the targets, and their arrangement as arrays
``priors``, ``rivals``, ``likelihood``              what is believed before, what is switched off, how probable the targets are
``sampler``, ``checkpoint``, ``convergence``        draws from a posterior: made, kept on the way, trusted or not
``fit``, ``store``, ``ship``                        all blocks of an explanation; a calibration on disk; the one that comes with Wedge
``learned``, ``pictures``, ``report``               what a fit taught, for people
``heldout``, ``smoothing``, ``baselines``           how likely a model, or no model, finds what it was not fitted to
``comparison``, ``levers``, ``placebos``            explanations, assumptions and histories that did not happen, in one set of tables
``predict``, ``floors``, ``scores``, ``score``      forecasts case by case, and their scores
``synthetic``, ``recovery``, ``replicates``         records drawn from the model, fits of them, and the documented one among them
``checks``, ``verdict``, ``rank_figure``            whether the fit is to be trusted
``effects``, ``windows``, ``drivers``, ``outside``  sizes in plain units, single cases, what they rest on, and evidence outside the fit
==================================================  ===================================================================================

Only ``posterior/``, draws and tables, reaches a simulation, and as data: ``sim`` imports nothing from here but in commands.
"""
