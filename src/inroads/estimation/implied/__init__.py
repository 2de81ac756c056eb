"""What demand at known parameters implies: predictions, substitution, groups of consumers."""
