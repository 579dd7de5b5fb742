# Compiles what is listed on standard input: a file, a zero byte, the name that tracebacks shall show, a line end. What does not compile is left out, as pip does.
import os
import py_compile
import sys
import warnings

warnings.simplefilter("ignore")
for line in sys.stdin.buffer:
    file, _, name = line.rstrip(b"\n").partition(b"\0")
    try:
        py_compile.compile(os.fsdecode(file), dfile=os.fsdecode(name), doraise=True)
    except Exception:
        pass
