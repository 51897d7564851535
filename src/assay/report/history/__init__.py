"""Several reports of the same targets: what changed between two of them, and how many of them go on."""
