"""Philox 4x32-10 in numpy, and the numbers that the fixtures are made of by rule.

Source of the generator: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
(SC 2011). `Sources/Support/Philox.swift` is the same generator; `Tests/ModelTests/FixtureRule.swift`
the same rule.

Tensor number `t`, element `i`: word = Philox(key (7, 0), counter (i // 4, t, 0, 77))[i % 4] and
u = (word >> 8) * 2**-24 * 2 - 1, uniform in [-1, 1) and exact in float32.
"""

import numpy as np

_LOW = np.uint64(0xFFFFFFFF)


def philox(key, counter):
    """The blocks at `counter`, four arrays (or numbers) of uint32: an array (…, 4) of uint32."""
    c = [np.asarray(word, np.uint64) for word in np.broadcast_arrays(*counter)]
    k0, k1 = (int(word) for word in key)
    for _ in range(10):
        p0 = c[0] * np.uint64(0xD2511F53)
        p1 = c[2] * np.uint64(0xCD9E8D57)
        c = [
            (p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1),
            p0 & _LOW,
        ]
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=-1).astype(np.uint32)


def check_known_answers():
    """The answers published with the generator (Random123's kat_vectors, philox4x32-10)."""
    ones = 0xFFFFFFFF
    answers = [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ones, ones), (ones,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]
    for key, counter, expected in answers:
        found = tuple(int(word) for word in philox(key, counter))
        if found != expected:
            raise SystemExit(f"Philox {key} {counter}: expected {expected}, found {found}")


def words(tensor, count):
    """The first `count` words of tensor number `tensor`."""
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    return philox((7, 0), (blocks, tensor, 0, 77)).reshape(-1)[:count]


def uniform(tensor, count):
    """float32 in [-1, 1)."""
    unit = (words(tensor, count) >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)
    return unit * np.float32(2) - np.float32(1)


def signs(projection, count):
    """+1 or -1 for each element, of projection 0 … 3."""
    return np.where(uniform(2000 + projection, count) >= 0, 1.0, -1.0)


def start_tensor(tensor, shape):
    """Kernels (rank > 1) span Glorot's range, biases ±0.05."""
    u = uniform(tensor, int(np.prod(shape)))
    if len(shape) == 1:
        return (u * np.float32(0.05)).reshape(shape)
    field = int(np.prod(shape[:-2]))
    limit = np.float32(np.sqrt(6.0 / (field * shape[-2] + field * shape[-1])))
    return (u * limit).reshape(shape)


def inputs(samples, width):
    """(samples, 2, width, 1): row 0 |u|, row 1 the window, 1 in the middle third."""
    x = np.abs(uniform(1000, samples * 2 * width)).reshape(samples, 2, width, 1)
    point = np.arange(width)
    x[:, 1, :, 0] = (3 * point >= width) & (3 * point < 2 * width)
    return x


def labels(samples, classes):
    return (words(1001, samples) % np.uint32(classes)).astype(np.int64)


def dropout_mask(rate, seed, epoch, positions, units, layer_index):
    """(positions, units): 1 / (1 - rate) where the unit is kept, else 0.

    `positions` are the samples' places in the epoch's order; `layer_index` counts the layers after
    the input from 0.
    """
    positions = np.asarray(positions, np.uint64)
    key = (seed & 0xFFFFFFFF, seed >> 32)
    blocks = np.arange((units + 3) // 4, dtype=np.uint64)[None, :]
    drawn = philox(key, (blocks, positions[:, None], epoch, 3 + 256 * layer_index))
    drawn = drawn.reshape(len(positions), -1)[:, :units]
    unit = (drawn >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)
    rate = np.float32(rate)
    scale = np.float32(1) / (np.float32(1) - rate)
    return np.where(unit >= rate, scale, np.float32(0)).astype(np.float32)
