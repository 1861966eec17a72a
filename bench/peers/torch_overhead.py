"""What a node of PyTorch's graph costs beside its kernel."""
import time
from statistics import median

import torch

NODES = 1000


def overhead(milliseconds):
    """Microseconds a node in a chain of additions to a tensor of one element."""
    x = torch.ones(1, requires_grad=True)
    forward, backward = [], []
    end = time.perf_counter() + milliseconds / 1e3
    while time.perf_counter() < end:
        start = time.perf_counter()
        y = x
        for _ in range(NODES):
            y = y + 1
        middle = time.perf_counter()
        y.backward()
        forward.append(middle - start)
        backward.append(time.perf_counter() - middle)
    return {"microsecondsForward": median(forward) * 1e6 / NODES, "microsecondsBackward": median(backward) * 1e6 / NODES}
