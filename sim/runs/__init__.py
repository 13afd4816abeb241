"""Ensembles of lanes: in blocks, on threads or a cluster, in memory or in a store of checked folders."""
