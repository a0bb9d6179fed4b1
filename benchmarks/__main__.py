"""``python -m benchmarks``: run the workloads and print each beside its goals."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from . import (
    chain,
    hessian_vector,
    imports,
    measure,
    memory,
    noting,
    peers,
    replay,
    scalar_net,
    shared_leaf,
    transformer,
    two_layer_net,
)
from .goals import Measured, table
from .measure import OURS

WORKLOADS = (two_layer_net.SEED, two_layer_net.TINY, scalar_net.SCALARS, scalar_net.FORWARD, shared_leaf.SHARED_LEAF,
             transformer.PRIMITIVES, transformer.FUSED, hessian_vector.SMALL, hessian_vector.LARGE,
             replay.SEED, replay.TINY, replay.SCALARS)  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def beside(measured: Measured) -> str:
    return "" if measured.goal is None else f"{measured.goal:>8.2f}  {measured.verdict}"


def show(workload, modules, rounds) -> list[Measured]:
    """Run one workload in turns and print a line for each contestant."""
    print(f"\n{workload.name}: {workload.title}")
    contestants = workload.build(modules)
    timings = measure.in_turns(contestants, rounds)
    print(f"  {'':16}{'time':>12}   ours / theirs (quartiles)     goal")
    print(f"  {OURS:16}{timings.typical(OURS) * 1e6:>9.1f} us")
    found = []
    if workload.a_node:
        nodes, most = workload.a_node
        found.append(Measured(workload.name, "us a node", timings.typical(OURS) / nodes * 1e6, most))
    for name in peers.MODULES:
        if name in workload.absent:
            print(f"  {name:16}{'-':>12}   {workload.absent[name]}")
        elif name not in contestants:
            print(f"  {name:16}{'-':>12}   not installed")
        else:
            ratio = timings.ratio(OURS, name)
            found.append(Measured(workload.name, name, ratio.middle, workload.goals.get(name)))
            spread = f"({ratio.low:.2f} to {ratio.high:.2f})"
            print(f"  {name:16}{timings.typical(name) * 1e6:>9.1f} us   {ratio.middle:>6.3f} {spread:16} "
                  f"{beside(found[-1])}")  # fmt: skip
    return found


def show_chain(modules, rounds) -> list[Measured]:
    """W3, each contestant in its own process, in turns; goals are against torch."""
    names = [OURS, *(name for name in peers.MODULES if name in modules)]
    found, first = [], {}
    for kind in ("mul", "tanh"):
        for length in chain.LENGTHS:
            print(f"\nW3 {kind}: a chain of {length:,}, us and bytes an operation; in brackets ours / theirs")
            print(f"  {'':16}{'forward':>16}{'backward':>16}{'free':>16}{'bytes':>16}")
            runs = {
                name: []
                for name in names
                if length <= chain.LONGEST.get(name, length) and (name, kind) != ("micrograd", "tanh")
            }
            for _ in range(rounds):
                for name in runs:
                    runs[name].append(chain.in_own_process(name, kind, length))
            for name, results in runs.items():
                failed = next((r["error"] for r in results if "error" in r), None)
                if failed:
                    print(f"  {name:16} {failed[:100]}")
                    continue
                line = f"  {name:16}"
                for phase in chain.GOALS:
                    value = median(r[phase] for r in results)
                    line += f"{value:>8.2f}" if phase != "bytes" else f"{value:>8.0f}"
                    if name == OURS:
                        found += chain.own_goals(kind, length, phase, value, first.setdefault((kind, phase), value))
                    if name == OURS or not value:
                        line += " " * 8
                        continue
                    ratio = median(ours[phase] / r[phase] for ours, r in zip(runs[OURS], results) if r[phase])
                    line += f" [{ratio:5.2f}]"
                    goal = (
                        chain.GOALS[phase]
                        if name == "torch"
                        else 0.2
                        if (name, phase) == ("HIPS autograd", "forward")
                        else None
                    )
                    found.append(Measured(f"W3 {kind} {length:,}", f"{name}, {phase}", ratio, goal))
                print(line)
            for name in modules:
                if name not in runs:
                    print(f"  {name:16} not run at this length" if kind == "mul" else f"  {name:16} not run")
    return found


def show_imports(rounds) -> list[Measured]:
    """W8: what each import takes more than NumPy's."""
    print("\nW8: import in a fresh interpreter, beyond import numpy")
    installed = {name: m.partition(".")[0] for name, m in peers.MODULES.items() if find_spec(m.partition(".")[0])}
    seconds = imports.in_turns([OURS, *installed.values()], rounds)
    print(f"  {'numpy':16}{median(seconds['numpy']) * 1e3:>9.1f} ms")
    found = []
    for name, module in {OURS: OURS, **installed}.items():
        if name == "numpy":
            continue
        took = Measured("W8 import", f"beyond numpy / numpy, {name}", imports.ratio(seconds, module),
                        imports.GOAL if name == OURS else None)  # fmt: skip
        print(f"  {name:16}{imports.beyond(seconds, module) * 1e3:>+9.1f} ms {took.value:9.3f} of numpy's {beside(took)}")
        found.append(took)
    grown = Measured("W8 memory", "MB more than numpy", (imports.resident(OURS) - imports.resident("numpy")) / 1e6, 4.0)
    print(f"  {OURS:16}{grown.value:>+9.1f} MB {beside(grown)}")
    return [*found, grown]


def show_memory(modules) -> list[Measured]:
    """W6: bytes kept and held."""
    print(f"\nW6: a {memory.DEPTH}-layer network, {memory.WIDTH} wide, batch {memory.BATCH}")
    ours, cycles = memory.of_ours()
    found = [Measured("W6 cycles", "objects after a step", cycles, 0)]
    theirs = memory.of_torch(modules["torch"]) if "torch" in modules else None
    for what, goal in memory.GOALS.items():
        mine = getattr(ours, what)
        print(f"  {what:16}{mine / 1e6:>9.2f} MB")
        if theirs is not None:
            found.append(Measured("W6", f"torch, {what}", mine / getattr(theirs, what), goal))
            print(f"  {'torch':16}{getattr(theirs, what) / 1e6:>9.2f} MB   {found[-1].value:>6.3f} {beside(found[-1])}")
    return found


def show_noting(rounds) -> list[Measured]:
    price = Measured("noting births", "us an operation", noting.price(rounds), noting.GOAL)
    print(f"\nnoting births (on in notebooks): {price.value:.2f} us an operation   {beside(price)}")
    return [price]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="workloads to run: W1 to W8, replay, noting (all by default)")
    parser.add_argument("--rounds", type=int, help="rounds of each workload (31; 3 of W3, 7 of W8, 15 of noting)")
    parser.add_argument("--save", action="store_true", help="write the ratios to benchmarks/results/")
    args = parser.parse_args()
    known = {w.name.split()[0] for w in WORKLOADS} | {"W3", "W6", "W8", "noting"}
    if unknown := [name for name in args.names if name not in known]:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(sorted(known))}")

    def wanted(name: str) -> bool:
        return not args.names or name.split()[0] in args.names

    modules = peers.installed()
    print(f"Python {platform.python_version()}, {peers.versions(modules)}")
    print(f"{os.cpu_count()} cores, one BLAS thread, processor time")
    print(f"garbage collection on, thresholds {gc.get_threshold()}, after gc.freeze(); medians of rounds in turns")
    results = [found for w in WORKLOADS if wanted(w.name) for found in show(w, modules, args.rounds or 31)]
    if wanted("W3"):
        results += show_chain(modules, args.rounds or 3)
    if wanted("W6"):
        results += show_memory(modules)
    if wanted("W8"):
        results += show_imports(args.rounds or 7)
    if wanted("noting"):
        results += show_noting(args.rounds or 15)
    print(f"\n{table(results)}")
    if args.save:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        path.write_text(json.dumps([found._asdict() for found in results], indent=1))
        print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()
