"""Queries of other alert services: translate their operators to the topic language, or refuse them.

Not here: the topic language itself, which canonical texts use.
"""
