"""Sources: the things that are watched, and how each kind is read."""
