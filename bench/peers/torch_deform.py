"""Deformable convolution in PyTorch: torchvision's operator, or where torchvision is missing the usual composition over grid_sample
(that also if BENCH_DEFORM is grid_sample)."""
import os

import torch
import torch.nn.functional as F

OPERATOR = "composed of grid_sample"
torchvision_deform_conv2d = None
if os.environ.get("BENCH_DEFORM") != "grid_sample":
    try:
        import torchvision
        from torchvision.ops import deform_conv2d as torchvision_deform_conv2d

        OPERATOR = f"torchvision {torchvision.__version__}"
    except ImportError:
        pass


def deform_conv2d(x, offset, weight, bias, padding, mask):
    if torchvision_deform_conv2d is not None:
        return torchvision_deform_conv2d(x, offset, weight, bias, padding=padding, mask=mask)
    return composed(x, offset, weight, bias, padding, mask)


def composed(x, offset, weight, bias, padding, mask):
    """One grid_sample a kernel position, then one matrix product."""
    batch, channels, height, width = x.shape
    out_channels, _, kernel_height, kernel_width = weight.shape
    out_height, out_width = offset.shape[2:]
    rows = torch.arange(out_height).view(-1, 1) - padding
    columns = torch.arange(out_width).view(1, -1) - padding
    sampled = []
    for tap in range(kernel_height * kernel_width):
        y = rows + tap // kernel_width + offset[:, 2 * tap]
        x_at = columns + tap % kernel_width + offset[:, 2 * tap + 1]
        grid = torch.stack([2 * x_at / (width - 1) - 1, 2 * y / (height - 1) - 1], dim=-1)
        values = F.grid_sample(x, grid, align_corners=True)
        sampled.append(values if mask is None else values * mask[:, tap : tap + 1])
    columns_of_image = torch.stack(sampled, dim=2).reshape(batch, channels * len(sampled), out_height * out_width)
    product = weight.reshape(out_channels, -1) @ columns_of_image
    return product.view(batch, out_channels, out_height, out_width) + bias.view(1, -1, 1, 1)
