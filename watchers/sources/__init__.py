"""Sources: the things that are watched, how each kind is read, and how feeds are found."""
