"""Training: phases, steps, checkpoints, and what a run leaves in its folder."""
