"""Data parallelism for a CPU: one single-threaded process per core, gradients averaged at every step. It loses less
than one process with many threads when the machine has other work to do. On a GPU one process does it all."""
import os
import signal
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

PORT = "NANO_TRAINING_PORT"                          # in the environment of a stage's processes: where they meet


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def finished(checkpoint):
    """Whether a stage's checkpoint exists and its schedule has ended."""
    return checkpoint.exists() and torch.load(checkpoint, map_location="cpu", weights_only=True).get("done", False)


def join(rank, world):
    if device().type == "cpu":
        torch.set_num_threads(1)
    if world > 1:
        dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{os.environ[PORT]}", rank=rank, world_size=world)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def agree(value, world):
    """The first process's value, in every process."""
    tensor = torch.tensor([value], dtype=torch.float64)
    if world > 1:
        dist.broadcast(tensor, 0)
    return tensor.item()


def average_gradients(parameters, world):
    if world == 1:
        return
    flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in parameters])
    dist.all_reduce(flat)
    flat /= world
    for p, g in zip(parameters, flat.split([p.numel() for p in parameters])):
        p.grad = g.view_as(p)


def launch(work, workers, arguments, what):
    """Runs work(rank, world, *arguments) in `workers` forked processes, so that loaded scenes are shared, not copied. SIGTERM goes on to them: they save and end."""
    if device().type == "cuda" or workers == 1:
        return work(0, 1, *arguments)
    os.environ[PORT] = str(free_port())              # a number of their own: another training may run on this machine
    context = mp.get_context("fork")
    processes = [context.Process(target=work, args=(rank, workers, *arguments)) for rank in range(workers)]
    [p.start() for p in processes]
    signal.signal(signal.SIGTERM, lambda *_: [p.terminate() for p in processes])
    [p.join() for p in processes]
    if any(p.exitcode for p in processes):
        raise SystemExit(f"{what} stopped; run the same command again to resume from its last checkpoint")
