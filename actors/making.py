"""Making operations at less than the price of a call of their `__init__`.

In plain Python there is no shorter way, and nothing is done here. Where the core is compiled, `making.pyx` stands in for
this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def make_directly(cls: type[Any], init: Callable[..., None], names: tuple[str, ...], **fixed: Any) -> None:
    """Have calls of `cls` set the fields `names`, and `fixed` ones always alike, without calling `init`.

    That is for an `init` which takes the fields by position and does no more with them. Calls that give more arguments
    than `names`, or keywords, go to it.
    """
