"""The device: whether it is there, its clock and memory. Only here CuPy is imported."""

import importlib.util
import sys
from typing import Any

from on_gpu.setting import Setting
from scratchgan.backend import NUMPY, Backend, UnusableError, choose


def backend(setting: Setting) -> Backend:
    """CuPy on a GPU, NumPy in a rehearsal."""
    return NUMPY if setting.tiny else choose("cupy")[0]


def without_gpu(setting: Setting) -> str:
    """Why CuPy cannot be used; empty if it can, or in a rehearsal."""
    if setting.tiny:
        return ""
    try:
        choose("cupy")
    except UnusableError as reason:
        return str(reason).removeprefix("backend: ")
    return ""


def needs_gpu(setting: Setting) -> str:
    """The same for what a rehearsal leaves out."""
    return "needs a GPU" if setting.tiny else without_gpu(setting)


def without_module(name: str) -> str:
    """Why a package cannot be used; empty if it can be found."""
    return "" if importlib.util.find_spec(name) else f"no {name} here"


def synchronize(setting: Setting) -> None:
    """Wait for what CuPy launched."""
    if not setting.tiny:
        import cupy

        cupy.cuda.get_current_stream().synchronize()


def answers(setting: Setting) -> bool:
    """Whether the device still works after an error."""
    if setting.tiny or "cupy" not in sys.modules:
        return True
    try:
        import cupy

        return int(cupy.arange(3).sum()) == 3
    except Exception:
        return False


def free() -> None:
    """Give back what the libraries keep of the device's memory."""
    if cupy := sys.modules.get("cupy"):
        cupy.get_default_memory_pool().free_all_blocks()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def event() -> Any:
    """An event of CuPy's current stream."""
    import cupy

    return cupy.cuda.Event()


def elapsed(start: Any, end: Any) -> float:
    """Seconds between two events of CuPy's."""
    import cupy

    return cupy.cuda.get_elapsed_time(start, end) / 1e3


def properties() -> dict[str, Any]:
    """Of the device, as CuPy reads them."""
    import cupy

    seen = cupy.cuda.runtime.getDeviceProperties(0)
    return {
        "name": seen["name"].decode(),
        "multiprocessors": seen["multiProcessorCount"],
        "compute_capability": f"{seen['major']}.{seen['minor']}",
        "l2_bytes": seen["l2CacheSize"],
        "cuda_driver": cupy.cuda.runtime.driverGetVersion(),
        "cuda_runtime": cupy.cuda.runtime.runtimeGetVersion(),
    }


def without_pool() -> None:
    """Let every array of CuPy's be an allocation of its own."""
    import cupy

    cupy.cuda.set_allocator(None)
