"""The layers that the ruler times, in PyTorch: each a function of leaves that all require gradients, and a gradient of its output."""
import torch
import torch.nn.functional as F

from torch_deform import deform_conv2d

LAYOUTS = {
    "contiguous": {4: torch.contiguous_format, 5: torch.contiguous_format},
    "channels-last": {4: torch.channels_last, 5: torch.channels_last_3d},
}


class Layer:
    """`compute(*leaves)` forward, and forward and backward from a fixed gradient of the output."""

    def __init__(self, compute, shapes, layout):
        self.compute = compute
        self.layout = LAYOUTS[layout]
        self.leaves = [self._laid_out(torch.randn(shape) * 0.5).requires_grad_() for shape in shapes]
        self.gradient = self._laid_out(torch.randn(self.forward().shape))

    def _laid_out(self, values):
        return values.to(memory_format=self.layout[values.dim()]) if values.dim() in self.layout else values

    def forward(self):
        with torch.inference_mode():
            return self.compute(*self.leaves)

    def forward_backward(self):
        for leaf in self.leaves:
            leaf.grad = None
        self.compute(*self.leaves).backward(self.gradient)


IMAGE = (16, 64, 28, 28)


def conv(x, w, b):
    return F.conv2d(x, w, b, padding=1)


def strided(x, w, b):
    return F.conv2d(x, w, b, padding=1, stride=2)


def depthwise(x, w, b):
    return F.conv2d(x, w, b, padding=1, groups=64)


def depthwise_separable(x, depth, point, b):
    return F.conv2d(F.conv2d(x, depth, padding=1, groups=64), point, b)


def spatially_separable(x, column, row, b):
    return F.conv2d(F.conv2d(x, column, padding=(1, 0)), row, b, padding=(0, 1))


def deform(x, w, b, offset, mask=None):
    return deform_conv2d(x, offset, w, b, padding=1, mask=mask)


LAYERS = {
    "conv3x3": (conv, [IMAGE, (64, 64, 3, 3), (64,)]),
    "conv3x3-128": (conv, [(16, 128, 14, 14), (128, 128, 3, 3), (128,)]),
    "conv3x3-256": (conv, [(16, 256, 7, 7), (256, 256, 3, 3), (256,)]),
    "pointwise": (F.conv2d, [IMAGE, (64, 64, 1, 1), (64,)]),
    "depthwise": (depthwise, [IMAGE, (64, 1, 3, 3), (64,)]),
    "depthwise-separable": (depthwise_separable, [IMAGE, (64, 1, 3, 3), (64, 64, 1, 1), (64,)]),
    "grouped8": (lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=8), [IMAGE, (64, 8, 3, 3), (64,)]),
    "dilated2": (lambda x, w, b: F.conv2d(x, w, b, padding=2, dilation=2), [IMAGE, (64, 64, 3, 3), (64,)]),
    "transposed": (lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1), [(16, 64, 14, 14), (64, 64, 4, 4), (64,)]),
    "spatially-separable": (spatially_separable, [IMAGE, (64, 64, 3, 1), (64, 64, 1, 3), (64,)]),
    "deform-v1": (deform, [IMAGE, (64, 64, 3, 3), (64,), (16, 18, 28, 28)]),
    "deform-v2": (deform, [IMAGE, (64, 64, 3, 3), (64,), (16, 18, 28, 28), (16, 9, 28, 28)]),
    "conv3d": (lambda x, w, b: F.conv3d(x, w, b, padding=1), [(4, 16, 16, 16, 16), (16, 16, 3, 3, 3), (16,)]),
    "conv1d": (lambda x, w, b: F.conv1d(x, w, b, padding=1), [(16, 64, 512), (64, 64, 3), (64,)]),
    "linear": (F.linear, [(64, 3136), (128, 3136), (128,)]),
    "relu-maxpool": (lambda x: F.max_pool2d(F.relu(x), 2), [(64, 32, 28, 28)]),
    "gemm1024": (torch.matmul, [(1024, 1024), (1024, 1024)]),
    "conv5x5": (lambda x, w, b: F.conv2d(x, w, b, padding=2), [IMAGE, (64, 64, 5, 5), (64,)]),
    "conv3x3-stride2": (strided, [(8, 64, 56, 56), (128, 64, 3, 3), (128,)]),
    "conv3x3-stride2-4x4": (strided, [(64, 128, 4, 4), (256, 128, 3, 3), (256,)]),
    "conv3x3-2x2": (conv, [(64, 256, 2, 2), (256, 256, 3, 3), (256,)]),
    "pointwise-2x2": (F.conv2d, [(64, 256, 2, 2), (256, 256, 1, 1), (256,)]),
    "whole-image": (F.conv2d, [(64, 16, 5, 5), (120, 16, 5, 5), (120,)]),
    "depthwise-stride2": (lambda x, w, b: F.conv2d(x, w, b, padding=1, stride=2, groups=192), [(16, 192, 14, 14), (192, 1, 3, 3), (192,)]),
    "depthwise5x5": (lambda x, w, b: F.conv2d(x, w, b, padding=2, groups=128), [(16, 128, 14, 14), (128, 1, 5, 5), (128,)]),
    "depthwise7x7": (lambda x, w, b: F.conv2d(x, w, b, padding=3, groups=64), [IMAGE, (64, 1, 7, 7), (64,)]),
    "avgpool": (lambda x: F.avg_pool2d(x, 2), [IMAGE]),
}


def has_layout(workload):
    """Whether contiguous and channels-last differ for this layer."""
    return any(len(shape) in (4, 5) for shape in LAYERS[workload][1])


def layer(workload, layout):
    return Layer(*LAYERS[workload], layout)
