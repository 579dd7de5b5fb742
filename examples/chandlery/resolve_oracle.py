"""Says what packaging would install from a lock file on other machines.

usage: resolve_oracle.py LOCK MACHINES

MACHINES is a file with a list of {"environment": marker variables, "platforms": platform tags}; the answer, on standard output, has for each a sorted list of files.
"""

import json
import sys
import tomllib

from packaging.pylock import Pylock
from packaging.tags import compatible_tags, cpython_tags


def tags(machine):
    version = tuple(int(x) for x in machine["environment"]["python_version"].split("."))
    interpreter = "cp" + "".join(map(str, version))
    yield from cpython_tags(version, platforms=machine["platforms"])
    yield from compatible_tags(version, interpreter, machine["platforms"])


def main(lock, machines):
    with open(lock, "rb") as f:
        lock = Pylock.from_dict(tomllib.load(f))
    with open(machines) as f:
        machines = json.load(f)
    out = []
    for machine in machines:
        chosen = lock.select(environment=machine["environment"], tags=list(tags(machine)))
        out.append(sorted((file.url or file.path).rsplit("/", 1)[-1] for _, file in chosen))
    json.dump(out, sys.stdout)


main(*sys.argv[1:])
