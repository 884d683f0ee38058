"""The route of a frame, and the threads at its edges."""
