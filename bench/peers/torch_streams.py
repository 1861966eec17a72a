"""What PyTorch reaches at most on this machine: multiply-adds a second of a matrix product, bytes a second of an addition."""
import time

import torch


def best_rate(run, work, milliseconds):
    run()
    end = time.perf_counter() + milliseconds / 1e3
    best = 0.0
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = max(best, work / (time.perf_counter() - start))
    return best


def multiply_adds(milliseconds):
    """Multiply-adds a second of the best of some square matrix products."""
    rates = []
    for size in (256, 512, 1024):
        a, b, c = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
        rates.append(best_rate(lambda: torch.matmul(a, b, out=c), size**3, milliseconds))
    return max(rates)


def stream_rate(size, milliseconds):
    """Bytes a second that c = a + b reads and writes, with a, b and c of `size` bytes together."""
    elements = size // 12
    a, b, c = torch.randn(elements), torch.randn(elements), torch.empty(elements)
    return best_rate(lambda: torch.add(a, b, out=c), 12 * elements, milliseconds)
