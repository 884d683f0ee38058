"""Stage 1, capture: sources turn cameras, streams, recordings and folders into frames."""
