"""Runs one hook of a build backend (PEP 517): python hook.py QUESTION ANSWER, two JSON files."""
import importlib
import json
import os
import sys
import traceback


def load(question):
    # This file's own folder is not for the backend to import from.
    sys.path[0:1] = question["path"]
    name, _, attributes = question["backend"].partition(":")
    module = importlib.import_module(name)
    if question["path"]:
        check_place(module, question["path"])
    backend = module
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def check_place(module, folders):
    """PEP 517, "In-tree build backends": the backend must come from one of these folders."""
    places = list(getattr(module, "__path__", None) or [])
    if getattr(module, "__file__", None):
        places.append(module.__file__)
    for place in map(os.path.realpath, places):
        for folder in map(os.path.realpath, folders):
            if place.startswith(os.path.join(folder, "")):
                return
    raise ImportError("the backend %s does not come from backend-path" % module.__name__)


def answer(question):
    backend = load(question)
    hook = getattr(backend, question["hook"], None)
    if hook is None:
        return {"absent": True}
    return {"value": hook(*question["arguments"])}


def main():
    _, question_file, answer_file = sys.argv  # before a backend makes its own of it
    with open(question_file, encoding="utf-8") as f:
        question = json.load(f)
    try:
        result = answer(question)
    except SystemExit as e:  # setup.py ends itself so
        if isinstance(e.code, str):
            print(e.code, file=sys.stderr)
        result = {"error": "it ended with sys.exit(%r)" % (e.code,)}
    except BaseException as e:
        traceback.print_exc()
        result = {"error": "%s: %s" % (type(e).__name__, e)}
    sys.stdout.flush()
    with open(answer_file, "w", encoding="utf-8") as f:
        json.dump(result, f)


if __name__ == "__main__":
    main()
