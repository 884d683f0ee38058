"""Closed sets: templates and a head that names one of the people it was fitted to."""
