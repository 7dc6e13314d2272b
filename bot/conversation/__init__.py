"""The conversation: what people can say to Tocsin and what it answers, on any platform."""
