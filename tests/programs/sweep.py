"""``python -m tests.programs.sweep [topic or word ...]``: every sample of every operation as a program under XLA, beside the engine.

Each is captured, compiled and differentiated; values, dtypes, shapes and gradients must be the engine's. Takes minutes, so
``make fuzz`` runs it and ``make test`` a few of the samples. ``not_under_xla.txt`` lists the words that cannot be done there,
beside what none can (``BY_DESIGN``), with the reason; it may only shrink.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import autograd_lab as lab
from autograd_lab.programs import Program, Unable
from tests.ops import samples
from tests.ops.samples import TOPICS, Maker

# What no program does: repeat what Python decided by random numbers; and some samples differentiate by themselves.
BY_DESIGN = ("looks at random numbers", "seeds the random numbers", "calls backward() or grad() itself")
LIST = Path(__file__).with_name("not_under_xla.txt")


def excused() -> dict[str, str]:
    """{word: why it cannot be a program under XLA}."""
    lines = (line.partition("  ") for line in LIST.read_text().splitlines() if line and line[0] != "#")
    return {word: why.strip() for word, _, why in lines}


def every(wanted=()) -> Iterator[tuple[str, int, Callable]]:
    """(word, number, sample) of the topics and words that are wanted, of all if none is named."""
    for topic in TOPICS:
        for word, found in importlib.import_module(f"tests.ops.samples_{topic}").SAMPLES.items():
            if not wanted or topic in wanted or word in wanted:
                for number, sample in enumerate([found] if inspect.isfunction(found) else list(found)):
                    yield word, number, sample


class Given(Maker):
    """Hands out leaves that are there already."""

    def __init__(self, leaves):
        self.m, self.dtype, self.leaves, self.given = lab, lab.float64, [], iter(leaves)

    def __call__(self, *shape, low=-1.0, high=1.0, apart=False, grad=True):
        return next(self.given)


def tensors(out) -> list:
    if isinstance(out, (tuple, list)):
        return [t for part in out for t in tensors(part)]
    return [out] if hasattr(out, "requires_grad") else []


def compare(sample: Callable) -> None:
    """Raise AssertionError, or whatever stopped it, unless ``sample`` is under XLA what it is here.

    Of what draws random numbers only dtypes and shapes.
    """
    import jax

    maker = samples.Maker(lab, "float64")
    outs = tensors(sample(lab, maker))
    leaves = [leaf.detach().clone().requires_grad_(leaf.requires_grad) for leaf in maker.leaves]
    outs = tensors(sample(lab, Given(leaves)))
    seeds = [
        np.random.default_rng(i).uniform(0.5, 1.5, tuple(o.shape)).astype(o.numpy(force=True).dtype) for i, o in enumerate(outs)
    ]
    live = [i for i, o in enumerate(outs) if o.requires_grad]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    ours = []
    if live and wanted:
        gradients = [lab.tensor(seeds[i]) for i in live]
        try:
            ours = lab.autograd.grad([outs[i] for i in live], wanted, gradients, allow_unused=True)
        except RuntimeError as error:
            if "not implemented" not in str(error):
                raise
            live, ours = [], []
    inputs = leaves if live else [leaf.detach() for leaf in leaves]
    program = Program.capture(lambda *given: tuple(tensors(sample(lab, Given(given)))), *inputs)
    function, key = program.to_jax(), jax.random.key(0)
    values, pull = jax.vjp(lambda *given: tuple(function(*given, key=key)), *(leaf.detach().numpy() for leaf in leaves))
    assert len(values) == len(outs)
    for value, out in zip(values, outs):
        expected = out.numpy(force=True)
        assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
        if not program.generators:  # JAX's random numbers are others
            np.testing.assert_allclose(value, expected, 1e-7, 1e-9)
    if ours and not program.generators:
        cotangents = [
            np.zeros(v.shape, jax.dtypes.float0) if v.dtype.kind not in "fc" else np.conj(s) if o.requires_grad else s * 0
            for v, o, s in zip(values, outs, seeds)
        ]
        found = [g for g, leaf in zip(pull(tuple(cotangents)), leaves) if leaf.requires_grad]
        for g, own in zip(found, ours):
            expected = np.zeros(g.shape) if own is None else own.numpy(force=True)
            np.testing.assert_allclose(np.conj(g), expected, 1e-7, 1e-9)


def what_fails(sample: Callable) -> str | None:
    """What ``compare`` says of it, in a line; None where all is well or nothing can be asked."""
    try:
        compare(sample)
    except Unable as error:
        return None if any(why in str(error) for why in BY_DESIGN) else str(error)
    except Exception as error:  # (whatever stops it is what is told)
        return f"{type(error).__name__} {' '.join(str(error).split())[:150]}"
    return None


def main(wanted) -> int:
    """Compare all; print what differs, as it is found, and what the list says though it is so no more. The number of complaints."""
    import jax

    warnings.simplefilter("ignore")
    known, failed, seen, count = excused(), {}, set(), 0
    with jax.enable_x64(True):
        for word, number, sample in every(wanted):
            seen.add(word)
            count += 1
            if (why := what_fails(sample)) is not None:
                failed.setdefault(word, []).append(why)
                print(f"{word} {number}: {why}", flush=True)
            if count % 200 == 0:
                jax.clear_caches()
                print(f"... {count} samples, now at {word}", flush=True)
    new = set(failed) - set(known)
    done = sorted(seen & set(known) - set(failed))
    for word in done:
        print(f"{word} is listed, and no sample of it fails: take it off the list")
    print(f"{count} samples of {len(seen)} words under XLA: {len(new)} words fail, {len(set(failed) & set(known))} as listed")
    return len(new) + len(done)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
