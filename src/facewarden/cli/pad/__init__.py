"""facewarden pad: presentation attack detection, its tools outside the watch."""
