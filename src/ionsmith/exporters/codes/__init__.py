"""TODO exporters/codes."""
