"""What `redress import` shows and asks."""
