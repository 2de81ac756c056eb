"""From data to parameters: calibration, hedonic lines, inference."""
