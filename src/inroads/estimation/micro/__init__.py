"""Micro data: what is known of single consumers, as moments beside market shares."""
