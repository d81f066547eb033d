"""Small experiments by training, for the cards in systems/."""
