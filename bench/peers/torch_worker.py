#!/usr/bin/env python3
"""PyTorch's side of the ruler: answers requests, one line of JSON each, until its input ends.

usage: torch_worker.py THREADS      the protocol is described in protocol.ts
"""
import json
import sys
import time

import torch

import torch_deform
from torch_layers import LAYERS, has_layout, layer
from torch_nets import Net
from torch_overhead import overhead
from torch_streams import multiply_adds, stream_rate


def run_of(workload, run_pass, layout):
    """The function to time, or None where there is none."""
    if workload in LAYERS:
        if layout != "contiguous" and not has_layout(workload):
            return None
        timed = layer(workload, layout)
        return timed.forward if run_pass == "forward" else timed.forward_backward
    net = Net(workload, layout)
    if run_pass == "inference":
        net.net.eval()
        return net.inference
    return net.step


def timed(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def repeat(run, milliseconds):
    """Times of the runs that begin within so many milliseconds, at least one."""
    end = time.perf_counter() + milliseconds / 1e3
    times = [timed(run)]
    while time.perf_counter() < end:
        times.append(timed(run))
    return times


class Worker:
    def __init__(self):
        self.runs = {}

    def describe(self, _request):
        return {
            "implementation": "torch",
            "versions": {"torch": torch.__version__, "deformable convolution in torch": torch_deform.OPERATOR, "python": sys.version.split()[0]},
            "variant": torch.backends.cpu.get_cpu_capability(),
        }

    def prepare(self, request):
        torch.manual_seed(0)
        run = run_of(request["workload"], request["pass"], request["layout"])
        if run is None:
            return {"absent": "the layouts do not differ"}
        self.runs[request["id"]] = run
        return {"times": repeat(run, request["milliseconds"])}

    def sample(self, request):
        run = self.runs[request["id"]]
        if request["warm"] > 0:
            repeat(run, request["warm"])
        return {"times": repeat(run, request["milliseconds"])}

    def release(self, _request):
        self.runs.clear()
        return {}

    def peaks(self, request):
        return {"multiplyAdds": multiply_adds(request["milliseconds"]), "bandwidth": [stream_rate(size, request["milliseconds"]) for size in request["sizes"]]}

    def overhead(self, request):
        return overhead(request["milliseconds"])


def main():
    torch.set_num_threads(int(sys.argv[1]))
    worker = Worker()
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request["do"])(request)
        except Exception as error:  # pylint: disable=broad-except
            answer = {"absent": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
