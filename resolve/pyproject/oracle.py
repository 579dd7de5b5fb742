"""Answers the oracle test's questions with packaging's reader of dependency groups.

usage: oracle.py QUESTIONS ANSWERS

QUESTIONS has a line of JSON a question: {"text": a pyproject.toml, "groups": [names]}. The answer has for each group a list of requirements, or null where it is refused;
it is null where the file is.
"""

import json
import sys
import tomllib

from packaging.dependency_groups import DependencyGroupResolver
from packaging.utils import canonicalize_name

try:
    Errors = (ValueError, LookupError, TypeError, ExceptionGroup)
except NameError:  # before Python 3.11
    from packaging.errors import ExceptionGroup

    Errors = (ValueError, LookupError, TypeError, ExceptionGroup)


def requirement(r):
    return [
        canonicalize_name(r.name),
        ",".join(sorted(canonicalize_name(x) for x in r.extras)),
        ",".join(sorted(str(s) for s in r.specifier)),
        r.url or "",
        str(r.marker or ""),
    ]


def group(resolver, name):
    try:
        return [requirement(r) for r in resolver.resolve(name)]
    except Errors:
        return None


def answer(question):
    try:
        groups = tomllib.loads(question["text"]).get("dependency-groups", {})
        if not isinstance(groups, dict):
            return None
        DependencyGroupResolver(groups)
        return [group(DependencyGroupResolver(groups), name) for name in question["groups"]]
    except Errors:
        return None


def main(questions, answers):
    with open(questions) as f, open(answers, "w") as out:
        for line in f:
            json.dump(answer(json.loads(line)), out)
            out.write("\n")


main(*sys.argv[1:])
