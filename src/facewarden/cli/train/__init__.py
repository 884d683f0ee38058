"""facewarden train: the laboratory; each command stands in a file of its own."""
