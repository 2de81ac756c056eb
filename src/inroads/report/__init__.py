"""What a run found, told: two sentences, a table, charts, a page, files."""
