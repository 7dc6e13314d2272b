"""Trends: how much news there is of a topic, day by day, as a picture, a line of signs, and words."""
