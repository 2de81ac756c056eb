"""Covariances, tests of hypotheses, and standard errors of derived numbers."""
