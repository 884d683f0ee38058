"""Takes data sets through the very code of enrol, identify and watch, for `evaluate`."""
