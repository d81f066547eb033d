"""Commands. The file name is the command's name, its docstring's first line the one-line help,
and its `command` a click command. Nothing here is imported before it is asked for."""
