#!/usr/bin/env python3
"""One epoch of MNIST in PyTorch: LeNet-5, batches of 64 in random order, fused Adam.

usage: torch_mnist.py THREADS FOLDER      FOLDER has the four IDX files
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from torch_nets import lenet


def read(path, header):
    return torch.frombuffer(bytearray(path.read_bytes()[header:]), dtype=torch.uint8)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    folder = Path(sys.argv[2])
    images = read(folder / "train-images-idx3-ubyte", 16).view(-1, 1, 28, 28)
    labels = read(folder / "train-labels-idx1-ubyte", 8).long()
    torch.manual_seed(0)
    model = lenet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True)
    for batch in torch.randperm(len(labels)).split(64):
        x = (images[batch].float() / 255 - 0.1307) / 0.3081
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels[batch])
        loss.backward()
        optimizer.step()
        last = loss.item()
    print("last loss", last)


main()
