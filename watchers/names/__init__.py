"""Names of countries and territories in many languages, found in text as one concept each."""
