"""Command line: the argument parser and one module per command.

Not here: logic that a running process needs as well.
"""
