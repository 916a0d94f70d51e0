"""Products of matrices by NVIDIA's cublasLt, so that a stream may capture them.

The library is called through ctypes, with addresses and a stream's handle. It computes
D = α·op(A)·op(B) + β·C with D = C in place, α = 1 and β one or zero.

What a capture into a CUDA graph needs, and where it is met; sections are those of the
cuBLAS documentation, if nothing else is said:

* No waiting. A product only puts work on the stream, and the result stays there
  ("CUDA Graphs Support": only results in host buffers make a routine wait). α and β are
  in host memory, and their values become part of the graph ("CUDA Graphs Support",
  "Scalar Parameters").
* No allocation. The workspace is the caller's, and algorithms that need more are not
  asked for: ``CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES``. cuBLAS may otherwise put
  memory nodes into the graph ("CUDA Graphs Support"). It starts at a multiple of 256
  bytes ("cublasLtMatmul()"); 32 MiB are recommended from Hopper on, 4 MiB before
  ("cublasSetWorkspace()").
* Before the capture, not in it: ``cublasLtCreate`` takes resources of the device
  ("cublasLtCreate()"), ``cublasLtDestroy`` waits for it ("cublasLtDestroy()"), and a
  kernel's first launch may load it and wait for the context (CUDA Programming Guide,
  "Lazy Loading"). So run a step once before it is captured, and `close` after the last.
  The choice of an algorithm is host work.
* The same algorithm and the same bits at each replay. A graph replays the kernels that
  were captured. The algorithm is chosen once for a `Product`, whose alignments are part
  of it, and kept. Parts of a split sum are added in one order ("GEMM Algorithms
  Numerical Behavior"), and with an own workspace no other stream has a say ("Results
  Reproducibility"). Another version of cuBLAS, or another GPU, may give other bits.
* The same addresses. Arrays and workspace have to stay where they are as long as the
  graph is replayed, and what shares a workspace must not run at the same time
  ("cublasSetWorkspace()").
"""

import ctypes
from contextlib import ExitStack
from typing import Any, NamedTuple

from scratchgan.kernels.cuda import cublaslt_types as lt
from scratchgan.kernels.cuda.cublaslt_types import (
    COMPUTE_TYPES,
    TYPES,
    Algorithm,
    Attribute,
    CublasLtError,
    Functions,
    HeuristicResult,
    load,
)
from scratchgan.kernels.cuda.products import Matrix, Product

WORKSPACE_ALIGNMENT = 256


class Plan(NamedTuple):
    """What a product needs at each call."""

    operation: ctypes.c_void_p
    a: ctypes.c_void_p
    b: ctypes.c_void_p
    c: ctypes.c_void_p
    alpha: Any
    beta: Any
    algorithm: Algorithm


class CublasLt:
    """Multiplies on the device that is current at the first product.

    A handle, and descriptors and an algorithm for each product, kept until `close`; so
    a context manager. For one stream, or several that wait for each other, and for one
    thread at a time.

    Parameters
    ----------
    workspace : tuple of int
        Address and bytes of memory of the device, for the library alone.
    library : str or ctypes.CDLL, optional
        The library or its path; by default what `load` finds at the first product.

    Raises
    ------
    ValueError
        If the workspace does not start at a multiple of 256 bytes.
    """

    def __init__(
        self, workspace: tuple[int, int] = (0, 0), library: Any = None
    ) -> None:
        pointer, size = workspace
        if pointer % WORKSPACE_ALIGNMENT or size < 0 or (size and not pointer):
            raise ValueError(
                f"workspace: expected a multiple of {WORKSPACE_ALIGNMENT} and how many "
                f"bytes are there, received {workspace}"
            )
        self._workspace = workspace
        self._library = library
        self._call: Functions | None = None
        self._handle: ctypes.c_void_p | None = None
        self._plans: dict[Product, Plan] = {}
        self._made = ExitStack()

    def multiply(
        self, product: Product, a: int, b: int, c: int, stream: int = 0
    ) -> None:
        """Put a product on a stream.

        Parameters
        ----------
        product : Product
            Which.
        a, b, c : int
            Addresses of A, B and C in device memory.
        stream : int, optional
            The stream's handle.

        Raises
        ------
        CublasLtError
            If the library has no algorithm for it, or fails.
        OSError
            If there is no library.
        ValueError
            If an address is less aligned than the product says.
        """
        matrices = product.a, product.b, product.c
        for name, matrix, at in zip("abc", matrices, (a, b, c), strict=True):
            if at % matrix.alignment:
                raise ValueError(
                    f"{name}: expected a multiple of {matrix.alignment}, received {at}"
                )
        plan = self.plan(product)
        self._functions()(
            "cublasLtMatmul",
            *(self._handle, plan.operation, ctypes.byref(plan.alpha)),
            *(a, plan.a, b, plan.b, ctypes.byref(plan.beta), c, plan.c, c, plan.c),
            *(ctypes.byref(plan.algorithm), *self._workspace, stream),
        )

    def plan(self, product: Product) -> Plan:
        """Descriptors and algorithm of a product, made if they are not yet."""
        if product not in self._plans:
            if self._handle is None:
                self._handle = self._functions().create(self._made, "")
            with ExitStack() as made:
                plan = self._plan(made, product)
                self._made.callback(made.pop_all().close)
            self._plans[product] = plan
        return self._plans[product]

    def close(self) -> None:
        """Destroy everything; waits for the device. A later product starts anew."""
        self._plans.clear()
        self._handle = None
        self._made.close()

    def __enter__(self) -> "CublasLt":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _functions(self) -> Functions:
        """The library's, which is loaded at the first call."""
        if self._call is None:
            library = self._library
            if library is None or isinstance(library, str):
                library = load(library)
            self._call = Functions(library)
        return self._call

    def _plan(self, made: ExitStack, product: Product) -> Plan:
        """What the product needs; `made` will destroy the descriptors."""
        call = self._functions()
        compute, scale, number = COMPUTE_TYPES[product.compute]
        operation = call.create(made, "MatmulDesc", compute, scale)
        for which, matrix in (
            (lt.CUBLASLT_MATMUL_DESC_TRANSA, product.a),
            (lt.CUBLASLT_MATMUL_DESC_TRANSB, product.b),
        ):
            how = lt.CUBLAS_OP_T if matrix.transposed else lt.CUBLAS_OP_N
            call.set(operation, which, how)
        m, n, k, batch, a, b, c, dtype, out, *_ = product
        layouts = [
            self._layout(made, matrix, TYPES[name], size, batch)
            for matrix, name, size in (
                (a, dtype, (m, k)),
                (b, dtype, (k, n)),
                (c, out, (m, n)),
            )
        ]
        algorithm = self._choose(product, operation, layouts)
        alpha, beta = number(1), number(product.accumulate)
        return Plan(operation, *layouts, alpha, beta, algorithm)

    def _layout(
        self,
        made: ExitStack,
        matrix: Matrix,
        dtype: int,
        size: tuple[int, int],
        batch: int,
    ) -> ctypes.c_void_p:
        """Descriptor of a matrix as it lies there, of which op is of this size."""
        call = self._functions()
        rows, columns = reversed(size) if matrix.transposed else size
        layout = call.create(made, "MatrixLayout", dtype, rows, columns, matrix.leading)
        call.set(layout, lt.CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, batch)
        stride = lt.CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET
        call.set(layout, stride, matrix.stride)
        return layout

    def _choose(
        self,
        product: Product,
        operation: ctypes.c_void_p,
        layouts: list[ctypes.c_void_p],
    ) -> Algorithm:
        """What the library holds for the fastest algorithm."""
        call, found, count = self._functions(), HeuristicResult(), ctypes.c_int()
        name = "cublasLtMatmulAlgoGetHeuristic"
        with ExitStack() as made:
            preference = call.create(made, "MatmulPreference")
            for which, value in self._preferences(product):
                call.set(preference, which, value)
            results = ctypes.byref(found), ctypes.byref(count)
            described = self._handle, operation, *layouts, layouts[-1]  # D is C
            call(name, *described, preference, 1, *results)
        if count.value < 1:
            raise CublasLtError(
                f"{name}: expected an algorithm, received none for {product}"
            )
        call.require(name, found.state)
        return found.algo

    def _preferences(self, product: Product) -> list[tuple[Attribute, int]]:
        """What algorithms are asked for."""
        schemes = lt.CUBLASLT_REDUCTION_SCHEME_MASK
        if product.out == "float16":  # other schemes add parts of sums in float16
            schemes = (
                lt.CUBLASLT_REDUCTION_SCHEME_NONE
                | lt.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE
            )
        return [
            (lt.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, self._workspace[1]),
            (lt.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, schemes),
            (lt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, product.a.alignment),
            (lt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, product.b.alignment),
            (lt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, product.c.alignment),
            (lt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, product.c.alignment),
        ]
