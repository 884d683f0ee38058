"""Model cards, the cache of models, and the sessions that run them."""

from facewarden.models.silence import silence

# Here, because both engines look when they are imported, and this runs before any module beside it.
silence()
