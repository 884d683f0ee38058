"""Stage 2, detect: a picture becomes faces."""
