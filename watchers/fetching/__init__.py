"""Fetching: the one client that asks the web, polite, guarded and bounded; it knows no feed and no page."""
