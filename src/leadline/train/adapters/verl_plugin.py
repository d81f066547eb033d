"""What verl imports through the entry point group "verl.plugins": registers Leadline there."""

from leadline.train.adapters.verl import register

register()
