"""HTTP client with SSRF protection, limits, redirects and rate limits per host.

Not here: anything that knows feeds, pages or items.
"""
