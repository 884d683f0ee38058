"""SQL: what is remembered."""
