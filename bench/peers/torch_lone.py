#!/usr/bin/env python3
"""Runs one task in a process of its own, as lone.ts does.

usage: torch_lone.py WORKLOAD PASS MILLISECONDS THREADS
"""
import json
import resource
import sys
from pathlib import Path
from statistics import median

import torch

from torch_worker import repeat, run_of


def peak_bytes():
    """The most resident bytes. On Linux, what getrusage says includes the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    workload, run_pass, milliseconds, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    run = run_of(workload, run_pass, "channels-last")
    run()
    print("first", flush=True)
    times = repeat(run, float(milliseconds))
    print(json.dumps({"medianMs": median(times[len(times) // 2 :]), "peakBytes": peak_bytes()}))


main()
