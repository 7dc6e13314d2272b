"""Chat adapters: thin, one folder or file a platform. Only they know markup and transport."""
