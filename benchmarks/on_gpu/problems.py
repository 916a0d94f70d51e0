"""The problems of every launcher, at the sizes of DCGAN-64 and StyleGAN2-256."""

from on_gpu import (
    problems_elementwise,
    problems_images,
    problems_products,
    problems_statistics,
    problems_tensors,
)

#: All problems, by launcher.
PROBLEMS = (
    *problems_elementwise.PROBLEMS,
    *problems_statistics.PROBLEMS,
    *problems_images.PROBLEMS,
    *problems_products.PROBLEMS,
    *problems_tensors.PROBLEMS,
)
BY_NAME = {f"{p.source}: {p.name}": p for p in PROBLEMS}
