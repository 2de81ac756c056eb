"""A run of a study for readers: sections of words, charts and tables, on a page or a terminal."""
