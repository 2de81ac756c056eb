"""From shares, or sums of shares, to mean utilities: one convex programme."""
