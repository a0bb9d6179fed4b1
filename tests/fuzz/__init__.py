"""Random programs, run here and in PyTorch: ``python -m tests.fuzz`` (or ``make fuzz``).

    python -m tests.fuzz                 2,000 programs that nobody has run before
    python -m tests.fuzz 500 --seed 7    500, beginning with seed 7: the same every time
    python -m tests.fuzz --show 7        the source of one

A program is text. It takes ``m``, the library, so both run the same lines: broadcasting, fan-out, views, writes on bases and
on views, hooks that look and hooks that replace, retained gradients, ``no_grad``, gradients of gradients, checkpoints, a
``Function``. What is compared is everything a user could see: the exception and the line that raised it, every tensor's
value, flags, node and version, every ``.grad``, and what each hook was told, in order. Numbers agree to 1e-12.

A program that differs is made as short as it can be while it still differs, and printed.

Reading order: ``programs.py`` (how one is written), ``compare.py`` (how it is run and what is compared).
"""
