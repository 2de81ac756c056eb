"""What study.toml may hold."""
