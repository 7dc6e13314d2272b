"""Readers of office, mail and book formats: .docx .odt .rtf .eml .epub.

Each module turns the bytes of one format into a draft. It contains no file access and no HTTP. Every
reader may be slow or use much memory on hostile input: call it in a process that can be killed.
"""
