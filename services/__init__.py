"""The processes. They share only libs, never each other's code or tables."""
