"""Which parts there are, in their order, and what of the time each may take."""

from typing import NamedTuple


class Part(NamedTuple):
    """One part.

    Parameters
    ----------
    module : str
        Of this folder.
    title : str
        For the table.
    share : float
        Of the time, in seconds of a budget of 480; what a part leaves goes to those
        that follow.
    precision : str
        "float32" or "tf32".
    processes : int
        Into which its items are dealt; one where times count.
    """

    module: str
    title: str
    share: float
    precision: str = "float32"
    processes: int = 1


PARTS = {
    "machine": Part("machine", "machine", 8),
    "verbs": Part("verbs", "verbs against NumPy, float32", 60, processes=6),
    "check": Part("kernels_check", "kernels against NumPy", 25, processes=6),
    "kernels": Part("kernels", "rates of kernels", 30),
    "ceilings": Part("ceilings", "ceilings", 15),
    "convolutions": Part("convolutions", "own convolutions", 20, "tf32"),
    "torch": Part("torch_steps", "steps against PyTorch, TF32", 75, "tf32"),
    "jax": Part("jax_steps", "steps against JAX, TF32", 55, "tf32"),
    "cudnn": Part("cudnn_ceiling", "cuDNN through its frontend", 15, "tf32"),
    "verbs-tf32": Part("verbs", "verbs against NumPy, TF32", 25, "tf32", processes=6),
    "sanitizer": Part("sanitizer", "compute-sanitizer", 60, processes=4),
    "suite": Part("suite", "test suite", 82),
    "torch-float32": Part("torch_steps", "steps against PyTorch, float32", 20),
}
