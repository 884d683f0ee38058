"""The only package that turns settings into concrete objects."""
