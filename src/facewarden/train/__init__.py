"""The laboratory: data, networks, losses and the loop that trains them; the only user of torch."""
