"""Stage 7, match: the nearest subjects of a template."""
