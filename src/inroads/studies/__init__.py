"""Studies that come with the package: tables and study.toml, no code."""
