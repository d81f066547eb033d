"""Training: rows, objectives as pure functions, samplers, policies that learn, the trainer, adapters to TRL and verl.

Most files import torch (2 s), so commands and systems import them inside the functions that use them.
"""
