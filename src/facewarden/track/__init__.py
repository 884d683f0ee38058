"""Stage 3, track: faces keep an id while the person stays in view."""
