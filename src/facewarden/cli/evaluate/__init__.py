"""facewarden evaluate: measure what the product's own code does, in the field's protocols."""
