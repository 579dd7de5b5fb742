from ..shapes import Shape as Base


def deep(a, *b, c, d=1, **e):
    return a


class Deep(Base):
    """Words."""

    __slots__ = ()
    kind = "deep"

    def area(self, scale=1):
        return scale

    def __init_subclass__(cls, **kwargs):
        pass

    def __class_getitem__(cls, item):
        return cls

    class Nested:
        level = 1

        def go(self):
            self.went = True


Deep.patched = lambda self, x, y=1: x


async def waits(a, b=None):
    return a


def generates(n):
    yield n
