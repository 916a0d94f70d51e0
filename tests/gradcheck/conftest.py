import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_blas_thread():
    """Matrices are tiny here: threads would wait for each other."""
    with threadpool_limits(1, "blas"):
        yield
