"""Numerical building blocks that know nothing of markets: linear solves, columns, BLAS threads."""
