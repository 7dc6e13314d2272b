"""The roles of a process: what is made and run for watching, and what for chatting."""
