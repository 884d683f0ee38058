"""From a trained network to a model that the rest of facewarden runs."""
