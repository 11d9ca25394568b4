"""The `redress` command: the local runner and every tool an operator has."""
