"""One question on disk: tables and study.toml to a market, scenarios and results."""
