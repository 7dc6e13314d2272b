"""Queries of other alert services: translate their operators to the topic language, or refuse them."""
