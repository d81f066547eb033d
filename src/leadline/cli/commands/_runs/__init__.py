"""Subcommands of `leadline runs`, found by file name like the commands one folder up."""
