"""Networks of presentation attack detection: from a few looks of a face to how alive it is."""
