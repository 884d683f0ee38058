"""Stage 6, embed: aligned faces become templates."""
