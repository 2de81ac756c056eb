"""From a study's tables to its calibrated market and firms."""
