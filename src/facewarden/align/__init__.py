"""Stage 4, align: landmarks onto the template."""
