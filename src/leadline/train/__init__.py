"""Training: rows, objectives as pure functions, samplers, policies that learn, the trainer, adapters to TRL and verl.

Importing this room imports torch (2 s), so commands and systems import it inside the functions that use it.
"""

from leadline.errors import need

need("torch", "train", "Training")
