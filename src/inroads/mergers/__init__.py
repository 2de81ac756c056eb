"""One merger, one call: calibrated, simulated, screened, remedied, and as a table."""
