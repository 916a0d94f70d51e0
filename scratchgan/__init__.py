"""GANs from scratch on NumPy: every derivative by hand, second order included."""

import os

__version__ = "0.1.0"

# In a plain checkout kernels/ lies beside this folder; an installed package has it
# inside. One more place to look lets `scratchgan.kernels` import from both.
if not os.path.isdir(os.path.join(os.path.dirname(__file__), "kernels")):
    __path__.append(os.path.dirname(os.path.dirname(__file__)))
