"""What the lesson notebooks are made of: predict, then check; repair; and outcomes as one stable line.

No answer stands in a notebook. The truth of a question is what its own function does, and a wrong answer is explained by
running that function under engines that make one known mistake each (mistakes.py, engines.py).
"""

from __future__ import annotations

from .outcome import Outcome, outcome
from .question import Question, Verdict, predict
from .repair import Repair, repair

__all__ = ["Outcome", "Question", "Repair", "Verdict", "outcome", "predict", "repair"]
