"""What the engine costs, beside its peers: ``python -m benchmarks`` (or ``make bench``).

    python -m benchmarks                 every workload
    python -m benchmarks W1 W7           some of them
    python -m benchmarks W1 --rounds 60  longer, for a noisy machine
    python -m benchmarks --save          also writes benchmarks/results/<time>.json (not committed)

How to read it. Times on a shared machine move by a factor of two within a minute, so no time is compared with a time of
another moment. The contestants of a workload run in one process, in turns of a few milliseconds; each round gives a ratio,
and what is printed is the median of the rounds' ratios, with the quartiles. What is counted is processor time, so waiting
for other programs is charged to nobody; one BLAS thread, or it would be the sum of several. The garbage collector is on,
as users have it, after ``gc.freeze()``: the objects of the imported libraries are not scanned again and again, or a process
that happens to hold torch would charge every contestant for it.

Reading order: ``measure.py`` (how a ratio is made), ``two_layer_net.py`` (what a workload looks like), ``__main__.py``.
A workload's contestants are checked against each other in ``tests/benchmarks``; how long they take decides no test.
"""

import os

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # read when NumPy is first imported, so it stands before every other import of the package
