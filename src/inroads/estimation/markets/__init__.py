"""Mean utilities and marginal costs of stacked markets at given parameters."""
