"""What is estimated: demand, supply, conduct and the kind of errors."""
