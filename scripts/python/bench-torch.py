"""PyTorch training NeatMS's network, alone or data-parallel (DistributedDataParallel over gloo).

    "$(scripts/venv.sh torch)" scripts/python/bench-torch.py --batch-size 32 --ranks 2

One thread a rank. Two ways: tensors in PyTorch's usual order, and channels last.
"""

import os
import tempfile

import bench_common
import torch
import torch.distributed as dist
import torch.multiprocessing
from torch import nn


class PeakNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d((1, 2)),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.dense = nn.Linear(2 * (bench_common.WIDTH // 2) * 64, 128)
        self.head = nn.Sequential(
            nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, bench_common.CLASSES)
        )

    def forward(self, x):
        return self.head(self.dense(self.conv(x)))


def trainer(options, rank, layout):
    """A function that trains one epoch on this rank's share of every batch."""
    x, y = bench_common.peaks()
    x, y = torch.from_numpy(x)[:, None], torch.from_numpy(y)
    net = PeakNet().to(memory_format=layout)
    model = net
    if options.ranks > 1:
        model = nn.parallel.DistributedDataParallel(net, gradient_as_bucket_view=True)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, eps=1e-7, fused=True)

    def epoch():
        # The same order on every rank.
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
        for first in range(0, len(x), options.batch_size):
            rows = order[first : first + options.batch_size][rank :: options.ranks]
            batch = x[rows].to(memory_format=layout)
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(batch), y[rows])
            (loss + 0.001 * net.dense.weight.square().sum()).backward()
            optimizer.step()

    return epoch


def agree(going_on):
    """Rank 0 decides."""
    flag = torch.tensor([int(going_on)])
    dist.broadcast(flag, 0)
    return bool(flag.item())


def run(rank, options, rendezvous):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    together = {}
    if options.ranks > 1:
        dist.init_process_group(
            "gloo", init_method=rendezvous, rank=rank, world_size=options.ranks
        )
        together = {"agree": agree}
    layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    rates = {
        way: bench_common.rate(trainer(options, rank, layout), options.seconds, **together)
        for way, layout in layouts.items()
    }
    if rank == 0:
        bench_common.report(rates)
    if options.ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    # With a rendezvous (tcp://HOST:PORT) this is one rank, and the others are started elsewhere.
    options = bench_common.arguments(ranks=1, rank=0, rendezvous="")
    if options.ranks == 1 or options.rendezvous:
        run(options.rank, options, options.rendezvous)
    else:
        # All ranks are on this machine; without this gloo looks the host's name up.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        with tempfile.TemporaryDirectory() as folder:
            rendezvous = f"file://{folder}/rendezvous"
            torch.multiprocessing.spawn(run, (options, rendezvous), options.ranks)
