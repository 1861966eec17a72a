"""The nets that the ruler trains, in PyTorch: the same layers as in nets.ts, fused Adam, cross entropy on random images."""
import re

import torch
import torch.nn.functional as F
from torch import nn

from torch_deform import deform_conv2d


class DepthwiseSeparable(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False), nn.Conv2d(inputs, outputs, 1))


class PackedDeform(nn.Module):
    """A modulated deformable convolution that predicts its own offsets and mask."""

    def __init__(self, inputs, outputs):
        super().__init__()
        kernel = nn.Conv2d(inputs, outputs, 3)
        self.weight, self.bias = kernel.weight, kernel.bias
        self.predict = nn.Conv2d(inputs, 27, 3, padding=1)
        nn.init.zeros_(self.predict.weight)
        nn.init.zeros_(self.predict.bias)

    def forward(self, x):
        predicted = self.predict(x)
        offset, mask = predicted[:, :18], torch.sigmoid(predicted[:, 18:])
        return deform_conv2d(x, offset, self.weight, self.bias, padding=1, mask=mask)


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


def separable_net():
    return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), DepthwiseSeparable(32, 64), nn.ReLU(), nn.MaxPool2d(2),
                         DepthwiseSeparable(64, 128), nn.ReLU(), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(128, 10))


def deform_net():
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), PackedDeform(16, 32), nn.ReLU(), nn.MaxPool2d(2),
                         PackedDeform(32, 64), nn.ReLU(), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(64, 10))


def growth_net(side, channels):
    return nn.Sequential(nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
                         nn.AvgPool2d(side // 2), nn.Flatten(), nn.Linear(channels, 10))


NETS = {"lenet": lenet, "cnn": cnn, "separable-net": separable_net, "deform-net": deform_net}


class Net:
    """A net named as `lenet-b16`, or `growth-b16-s28-c32`, and a batch of random images of 28 x 28, or of the named side."""

    def __init__(self, workload, layout):
        memory_format = torch.channels_last if layout == "channels-last" else torch.contiguous_format
        growth = re.fullmatch(r"growth-b(\d+)-s(\d+)-c(\d+)", workload)
        if growth:
            batch, side, channels = map(int, growth.groups())
            net = growth_net(side, channels)
        else:
            name, batch = re.fullmatch(r"(.+)-b(\d+)", workload).groups()
            batch, side, net = int(batch), 28, NETS[name]()
        self.net = net.to(memory_format=memory_format)
        self.images = torch.rand(batch, 1, side, side).to(memory_format=memory_format)
        self.labels = torch.randint(0, 10, (batch,))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3, fused=True)

    def step(self):
        self.optimizer.zero_grad()
        F.cross_entropy(self.net(self.images), self.labels).backward()
        self.optimizer.step()

    def inference(self):
        with torch.inference_mode():
            return self.net(self.images)
