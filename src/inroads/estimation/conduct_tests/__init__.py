"""Which conduct do prices speak for: models, the test statistics, the table of results."""
