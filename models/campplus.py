"""CAM++: a network that turns a second or two of speech into a vector that tells voices apart.

After Wang et al. 2023, "CAM++: A Fast and Efficient Network for Speaker Verification Using
Context-Aware Masking" (Interspeech): a small 2-D convolution front end, then densely connected
1-D time-delay layers, each of which masks its output by what it hears in its wider context, then
mean and deviation over time. Attribute names are those of the published weights. The trap:
importing this file imports torch, so import it inside functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from pipeline.errors import WeightsError

WEIGHTS = "campplus_cn_en_common.pt"
RATE = 16000
BINS = 80
FRAMES_PER_S = 100
SIZE = 192

_GROWTH = 32
_BOTTLENECK = 4 * _GROWTH
_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of each dense block."""
_CONTEXT = 100
"""Frames that one stretch of context-aware pooling covers."""

Array = npt.NDArray[np.float32]


class VoiceEncoder:
    """Speech windows → unit vectors; the dot product of two says how alike the voices are."""

    def __init__(self, folder: Path) -> None:
        path = folder / WEIGHTS
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            network = CamPlusPlus()
            network.load_state_dict(state)
        except Exception as error:
            raise WeightsError(
                "weights of the voice encoder cannot be loaded",
                file=str(path),
                remedy="fetch the model campplus again",
            ) from error
        self._network = network.eval()
        # 2-D convolutions are a seventh faster this way; the 1-D ones do not care
        network.head.to(memory_format=torch.channels_last)

    def encode(self, windows: Sequence[Array], *, batch: int = 16) -> Array:
        """Filter banks of windows, each (frames, 80) → vectors, shape (windows, 192)."""
        vectors = np.zeros((len(windows), SIZE), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for index, window in enumerate(windows):
            by_length.setdefault(len(window), []).append(index)
        with torch.inference_mode():
            for same in by_length.values():
                for first in range(0, len(same), batch):
                    chosen = same[first : first + batch]
                    part = np.stack([windows[index] for index in chosen])
                    # Trained without the line's own colour: each bin's mean is taken away.
                    part = part - part.mean(axis=1, keepdims=True)
                    vectors[chosen] = self._network(torch.from_numpy(part)).numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Array = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
        return unit


def filter_banks(samples: Array) -> Array:
    """Samples at 16 kHz → log filter banks, shape (frames, 80), a frame every 10 ms."""
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = BINS
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(RATE, samples * np.float32(32768.0))  # the scale of 16-bit samples
    bank.input_finished()
    frames = [bank.get_frame(index) for index in range(bank.num_frames_ready)]
    return np.stack(frames).astype(np.float32) if frames else np.zeros((0, BINS), np.float32)


class CamPlusPlus(nn.Module):
    """The whole network: (batch, frames, 80) → (batch, 192)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head(32)
        layers = nn.Sequential()
        layers.add_module("tdnn", _TimeDelay(32 * BINS // 8, 128))
        channels = 128
        for number, (count, dilation) in enumerate(_BLOCKS, start=1):
            layers.add_module(f"block{number}", _DenseBlock(channels, count, dilation))
            channels += count * _GROWTH
            layers.add_module(f"transit{number}", _Transit(channels, channels // 2))
            channels //= 2
        layers.add_module("out_nonlinear", _Activation(channels))
        layers.add_module("stats", _Statistics())
        layers.add_module("dense", _Projection(2 * channels, SIZE))
        self.xvector = layers

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return vectors


class _Head(nn.Module):
    """2-D convolutions that shrink the 80 bins to 10 and keep the frames."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(_Residual(width, 2), _Residual(width, 1))
        self.layer2 = nn.Sequential(_Residual(width, 2), _Residual(width, 1))
        self.conv2 = nn.Conv2d(width, width, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, bins: torch.Tensor) -> torch.Tensor:
        out = functional.relu(self.bn1(self.conv1(bins.unsqueeze(1))))
        out = self.layer2(self.layer1(out))
        out = functional.relu(self.bn2(self.conv2(out)))
        return out.flatten(1, 2)


class _Residual(nn.Module):
    """Two 3×3 convolutions beside a shortcut; `stride` acts on the bins only."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(width, width, 1, stride=(stride, 1), bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class _Activation(nn.Module):
    """Batch normalisation, then a rectifier."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.batchnorm = nn.BatchNorm1d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.batchnorm(x))


class _TimeDelay(nn.Module):
    """The first layer over time; halves the frame rate."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, outputs, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _Activation(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.nonlinear(self.linear(x))
        return out


class _ContextMask(nn.Module):
    """A local convolution, weighed by a mask from the mean of the window and of its near part."""

    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(inputs, inputs // 2, 1)
        self.linear2 = nn.Conv1d(inputs // 2, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = x.shape[-1]
        near = (
            functional.avg_pool1d(x, _CONTEXT, stride=_CONTEXT, ceil_mode=True)
            if frames > _CONTEXT
            else x.mean(-1, keepdim=True)
        )
        context = functional.relu(self.linear1(x.mean(-1, keepdim=True) + near))
        mask = torch.sigmoid(self.linear2(context))
        if frames > _CONTEXT:
            mask = mask.repeat_interleave(_CONTEXT, dim=-1)[..., :frames]
        out: torch.Tensor = self.linear_local(x) * mask
        return out


class _DenseLayer(nn.Module):
    """One layer of a dense block: bottleneck, then the masked convolution."""

    def __init__(self, inputs: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _Activation(inputs)
        self.linear1 = nn.Conv1d(inputs, _BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _Activation(_BOTTLENECK)
        self.cam_layer = _ContextMask(_BOTTLENECK, _GROWTH, dilation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return out


class _DenseBlock(nn.Module):
    """Layers that each see the outputs of all before them."""

    def __init__(self, channels: int, count: int, dilation: int) -> None:
        super().__init__()
        for number in range(count):
            layer = _DenseLayer(channels + number * _GROWTH, dilation)
            self.add_module(f"tdnnd{number + 1}", layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.children():
            x = torch.cat([x, layer(x)], dim=1)
        return x


class _Transit(nn.Module):
    """Between blocks: fewer channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.nonlinear = _Activation(inputs)
        self.linear = nn.Conv1d(inputs, outputs, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.linear(self.nonlinear(x))
        return out


class _Statistics(nn.Module):
    """Mean and deviation of each channel over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean(-1), x.std(-1, unbiased=True)], dim=1)


class _Projection(nn.Module):
    """Down to the size of a voice vector."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, outputs, 1, bias=False)
        self.nonlinear = nn.Sequential()
        self.nonlinear.add_module("batchnorm", nn.BatchNorm1d(outputs, affine=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))
        return out
