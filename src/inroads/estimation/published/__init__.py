"""Demand whose parameters come from elsewhere: a paper's table, or another program's result."""
