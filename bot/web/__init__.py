"""The web server, where one is switched on: webhooks, health, metrics, a page about how it fares."""
