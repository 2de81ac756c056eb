"""What results hang on that was assumed: the size of the market."""
