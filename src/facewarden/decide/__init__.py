"""Stage 8, decide: evidence over a track becomes an alert."""
