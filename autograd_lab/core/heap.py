"""What the C library is asked of memory: to keep what one training step gives back, for the next asks for it again.

Left to itself, glibc hands free memory at the end of its heap back to the system as soon as there are 128 kB of it, and the
next step takes it anew, page by page: 380 page faults, a quarter of the time of a step of a two-layer transformer. It learns: it
keeps twice the size of the largest block that it had the system map and that has been given back (mallopt(3), "dynamic
mmap threshold"). So it is given one back, which nobody has touched and which therefore never was memory.
"""

from __future__ import annotations

import numpy as np

LARGEST = 1 << 23  # bytes: 16 MB are kept

np.empty(LARGEST, np.uint8)
