"""Rules and tables of one language or script each: endings, spellings, compounds, Chinese characters.

Not here: the choice of the rules for a word (`watchers.text.stems`) and the splitting into words.
"""
