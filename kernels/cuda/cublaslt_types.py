"""What `cublasLt.h` declares, as far as products of matrices need it, and calls of it.

Constants have the header's names, and signatures its order; the header is that of
cuBLAS 13, of whose values those of cuBLAS 12 are a part.
"""

import ctypes
import os
from contextlib import ExitStack
from typing import Any, NamedTuple

NAMES = ("libcublasLt.so.13", "libcublasLt.so.12")

CUBLAS_STATUS_SUCCESS = 0

CUBLAS_OP_N = 0
CUBLAS_OP_T = 1

CUDA_R_32F = 0
CUDA_R_64F = 1
CUDA_R_16F = 2

CUBLAS_COMPUTE_32F = 68
CUBLAS_COMPUTE_64F = 70
CUBLAS_COMPUTE_32F_FAST_16BF = 75
CUBLAS_COMPUTE_32F_FAST_TF32 = 77

#: By the names that `products` has: numbers, and in what a product is computed, with
#: the type of α and β.
TYPES = {"float16": CUDA_R_16F, "float32": CUDA_R_32F, "float64": CUDA_R_64F}
COMPUTE_TYPES: dict[str, tuple[int, int, Any]] = {
    "float32": (CUBLAS_COMPUTE_32F, CUDA_R_32F, ctypes.c_float),
    "tf32": (CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F, ctypes.c_float),
    "bf16": (CUBLAS_COMPUTE_32F_FAST_16BF, CUDA_R_32F, ctypes.c_float),
    "float64": (CUBLAS_COMPUTE_64F, CUDA_R_64F, ctypes.c_double),
}

CUBLASLT_REDUCTION_SCHEME_NONE = 0
CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE = 2
CUBLASLT_REDUCTION_SCHEME_MASK = 7  # all of them


class Attribute(NamedTuple):
    """Something that can be set of a descriptor.

    Parameters
    ----------
    kind : str
        Of the descriptor: what stands in ``cublasLt…SetAttribute``.
    number : int
        Its own.
    ctype : type
        Of the value.
    """

    kind: str
    number: int
    ctype: Any


CUBLASLT_MATMUL_DESC_TRANSA = Attribute("MatmulDesc", 3, ctypes.c_int32)
CUBLASLT_MATMUL_DESC_TRANSB = Attribute("MatmulDesc", 4, ctypes.c_int32)

CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT = Attribute("MatrixLayout", 5, ctypes.c_int32)
CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET = Attribute(
    "MatrixLayout", 6, ctypes.c_int64
)

CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = Attribute(
    "MatmulPreference", 1, ctypes.c_uint64
)
CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK = Attribute(
    "MatmulPreference", 3, ctypes.c_uint32
)
CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES = Attribute(
    "MatmulPreference", 5, ctypes.c_uint32
)
CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES = Attribute(
    "MatmulPreference", 6, ctypes.c_uint32
)
CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES = Attribute(
    "MatmulPreference", 7, ctypes.c_uint32
)
CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES = Attribute(
    "MatmulPreference", 8, ctypes.c_uint32
)


class Algorithm(ctypes.Structure):
    """``cublasLtMatmulAlgo_t``: how to compute a product, as bytes that may be kept."""

    _fields_ = (("data", ctypes.c_uint64 * 8),)


class HeuristicResult(ctypes.Structure):
    """``cublasLtMatmulHeuristicResult_t``: an algorithm and what it needs."""

    _fields_ = (
        ("algo", Algorithm),
        ("workspaceSize", ctypes.c_size_t),
        ("state", ctypes.c_int),
        ("wavesCount", ctypes.c_float),
        ("reserved", ctypes.c_int * 4),
    )


_ENUM, _COUNT, _SIZE = ctypes.c_int, ctypes.c_int, ctypes.c_size_t
_POINTER = ctypes.c_void_p  # a handle, a descriptor, a stream, or numbers
_OUT = ctypes.POINTER(ctypes.c_void_p)  # where what is made is written
_ALGORITHM = ctypes.POINTER(Algorithm)
_SET = (_POINTER, _ENUM, _POINTER, _SIZE)

#: Arguments of the functions that return a status.
SIGNATURES: dict[str, tuple[Any, ...]] = {
    "cublasLtCreate": (_OUT,),
    "cublasLtDestroy": (_POINTER,),
    "cublasLtMatmulDescCreate": (_OUT, _ENUM, _ENUM),
    "cublasLtMatmulDescSetAttribute": _SET,
    "cublasLtMatmulDescDestroy": (_POINTER,),
    "cublasLtMatrixLayoutCreate": (
        _OUT,
        _ENUM,
        ctypes.c_uint64,
        ctypes.c_uint64,
        ctypes.c_int64,
    ),
    "cublasLtMatrixLayoutSetAttribute": _SET,
    "cublasLtMatrixLayoutDestroy": (_POINTER,),
    "cublasLtMatmulPreferenceCreate": (_OUT,),
    "cublasLtMatmulPreferenceSetAttribute": _SET,
    "cublasLtMatmulPreferenceDestroy": (_POINTER,),
    "cublasLtMatmulAlgoGetHeuristic": (
        *(_POINTER,) * 7,  # handle, operation, A, B, C, D, preference
        _COUNT,
        ctypes.POINTER(HeuristicResult),
        ctypes.POINTER(ctypes.c_int),
    ),
    "cublasLtMatmul": (
        *(_POINTER,) * 3,  # handle, operation, alpha
        *(_POINTER,) * 4,  # A and its layout, B and its layout
        *(_POINTER,) * 5,  # beta, C and its layout, D and its layout
        _ALGORITHM,
        *(_POINTER, _SIZE),  # workspace
        _POINTER,  # stream
    ),
}


def load(path: str | None = None) -> ctypes.CDLL:
    """The library of this process, or the one that the loader finds.

    Parameters
    ----------
    path : str, optional
        Of the library. Else one that is loaded already comes first: CuPy's, wherever
        it lies, once CuPy has multiplied two matrices.

    Raises
    ------
    OSError
        If there is none.
    """
    names = NAMES if path is None else (path,)
    for mode in (os.RTLD_NOLOAD, ctypes.DEFAULT_MODE):
        for name in names:
            try:
                return ctypes.CDLL(name, mode=mode)
            except OSError as error:
                reason = error
    raise OSError(f"library: expected {' or '.join(names)}, received {reason}")


class CublasLtError(RuntimeError):
    """A function of the library returned a status other than success."""


class Functions:
    """The library's functions, called by name; another status than success raises.

    Parameters
    ----------
    library : ctypes.CDLL
        Whose own function objects stay as they are; or anything else with functions of
        these names that take these arguments.
    """

    def __init__(self, library: Any) -> None:
        def found(result: Any, name: str, arguments: tuple[Any, ...]) -> Any:
            if not isinstance(library, ctypes.CDLL):
                return getattr(library, name)
            return ctypes.CFUNCTYPE(result, *arguments)((name, library))

        self._functions = {
            name: found(_ENUM, name, arguments)
            for name, arguments in SIGNATURES.items()
        }
        name = "cublasLtGetStatusName"
        self._status_name = found(ctypes.c_char_p, name, (_ENUM,))

    def __call__(self, name: str, *arguments: Any) -> None:
        """Call the function called `name`.

        Raises
        ------
        CublasLtError
            If it does not succeed; says with what status.
        """
        self.require(name, self._functions[name](*arguments))

    def create(self, made: ExitStack, kind: str, *arguments: Any) -> ctypes.c_void_p:
        """A descriptor of a kind, or with "" the handle; `made` will destroy it."""
        created = ctypes.c_void_p()
        self(f"cublasLt{kind}Create", ctypes.byref(created), *arguments)
        made.callback(self, f"cublasLt{kind}Destroy", created)
        return created

    def set(self, created: ctypes.c_void_p, which: Attribute, value: int) -> None:
        """Set an attribute of a descriptor."""
        number = which.ctype(value)
        name, size = f"cublasLt{which.kind}SetAttribute", ctypes.sizeof(number)
        self(name, created, which.number, ctypes.byref(number), size)

    def require(self, name: str, status: int) -> None:
        """Raise unless `status`, of the function called `name`, is success."""
        if status != CUBLAS_STATUS_SUCCESS:
            received = self._status_name(status).decode()
            raise CublasLtError(
                f"{name}: expected CUBLAS_STATUS_SUCCESS, received {received}"
            )
