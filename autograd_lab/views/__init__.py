"""How it looks: from plain data (``trace``) to text, DOT, SVG and widgets. Nothing here touches a node of the engine.

``graph.py``, ``stepper.py``, ``leaves.py`` and ``export.py`` are what users call; ``text.py``, ``dot.py``, ``svg.py`` and
``html.py`` write; ``layout.py`` says where the boxes go (``layered.py`` where no Graphviz is at hand); ``style.py`` holds
colours and sizes; ``widgets/`` is the live side.
"""
