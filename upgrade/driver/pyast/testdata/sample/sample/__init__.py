"""A package for the oracle: it imports nothing but itself, so that what its import gives is what its text says."""
from . import inner
from .inner import deep as renamed, Deep
from .shapes import *

__all__ = ["inner", "Deep"]
__all__ += ["deferred"]

limit = 3
first, *rest = range(limit)
for step in range(2):
    twice = step * 2
del step

try:
    from .nowhere import absent
except ImportError:
    absent = None

try:
    from .inner import deep as tried
except ImportError:
    from .shapes import area as tried

if limit > 2:
    def chosen(a, b=1):
        return a
else:
    def chosen(a, b=2):
        return b


def deferred():
    global late
    late = 1


deferred()
also = chosen
setattr(inner, "not_ours", 1)
globals_read = globals().get("limit")
