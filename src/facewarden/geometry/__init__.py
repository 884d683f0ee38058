"""Pure functions on boxes, points and pictures."""
