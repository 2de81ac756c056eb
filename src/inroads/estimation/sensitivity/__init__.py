"""What results hang on that nobody knows: the size of the market, the quality of what is new."""
