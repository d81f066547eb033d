"""Search logs of agents: sessions, intents, reformulations, term adoption (arXiv:2601.17617).

The paper's sessionisation constants and prompts could not be read: the rules here carry a version, and results
move with it.
"""
