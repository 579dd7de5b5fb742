# Takes requests and gives answers, one JSON text a line, in order. The program before it has defined answer(request).
import base64
import gc
import json
import sys
import warnings


def bound(memory):
    """Where the system can, bounds this process's memory, and lets it leave no core."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, ValueError, OSError):
        pass


def say(out, value):
    line = json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"
    out.write(line)
    out.flush()


def respond(request):
    try:
        return {"Value": answer(request)}
    except Refused as e:
        return {"Refused": e.told}
    except RecursionError:
        return {"Refused": {"Reason": "is nested too deeply"}}
    except MemoryError:
        return {"Refused": {"Reason": "needs more memory than is allowed, or is nested too deeply"}}
    except Exception as e:  # a source is hostile: what it provokes in the parser is its own fault
        return {"Refused": {"Reason": "provokes %s: %.200s" % (type(e).__name__, e)}}


def serve(requests, out):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3000)
    gc.disable()  # trees have no cycles, and are dropped whole
    say(out, {"Version": list(sys.version_info[:2]), "Implementation": sys.implementation.name})
    for line in requests:
        question = json.loads(line.decode("utf-8"))
        reply = respond(question["Request"])
        reply["ID"] = question["ID"]
        try:
            say(out, reply)
        except (RecursionError, MemoryError, ValueError):
            say(out, {"ID": question["ID"], "Refused": {"Reason": "gives what is nested too deeply, or is too much, to be told"}})


bound(MAX_MEMORY)
serve(sys.stdin.buffer, sys.stdout.buffer)
