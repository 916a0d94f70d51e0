"""Evaluators of the displayed formulas (see `proofs`)."""
