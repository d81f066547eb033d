"""The `leadline` command: one file in commands/ per command."""
