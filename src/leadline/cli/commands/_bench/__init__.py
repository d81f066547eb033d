"""Subcommands of `leadline bench`, found by file name like the commands one folder up."""
