__all__ = ["Shape", "area"] + ["PI"]
PI = 3
_hidden = 1


def keep(f):
    return f


def area(shape, *, scale=1):
    return scale


class Shape(object):
    sides = 0
    colour = None

    def __new__(cls, *args):
        return object.__new__(cls)

    def __init__(self, *args):
        self.args = args
        self.__private = 1

    @classmethod
    def make(cls, sides, name=None):
        return cls()

    @staticmethod
    def count(shapes):
        return 0

    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        self.stored = value

    @keep
    def kept(self, a, b=2):
        return a

    def __hidden(self, a):
        return a

    alias = kept
    free = staticmethod(keep)
    if sides:
        def never(self):
            pass
    else:
        def always(self, a):
            pass
    for side in range(2):
        pass
    del side


class Square(Shape):
    def area(self):
        return 1


Same = Square
