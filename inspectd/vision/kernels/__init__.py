"""numba kernels: nogil, cached, warmed up before the first part."""
