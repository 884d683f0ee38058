"""Stage 5, assess: quality of a look."""
