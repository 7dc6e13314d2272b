"""Sources: poll a folder, a feed or a page, find feeds, and compute poll intervals.

Not here: parsing of feed formats (`watchers.feeds`) and storage of cursors.
"""
