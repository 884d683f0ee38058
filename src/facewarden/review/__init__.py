"""Stage 10, review: what happened, for the human who must judge it."""
