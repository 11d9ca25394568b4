"""The subcommands of `redress`: a module each, exposing `app`; its docstring begins its help."""
