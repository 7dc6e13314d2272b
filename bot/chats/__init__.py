"""Chat adapters: the adapter protocol and one folder per platform, with markup and transport.

Not here: commands, retries and rate limiting; adapters do not import each other.
"""
