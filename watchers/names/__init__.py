"""Names of countries and territories in many languages, found in text as one concept each.

Not here: the parser of topics and the matching of other words (`watchers.topics`).
"""
