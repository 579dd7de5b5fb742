"""python-tuf behind a pipe: one question a line, one answer a line, both JSON."""

import base64
import datetime
import json
import os
import shutil
import sys
import tempfile

from securesystemslib.signer import CryptoSigner
from tuf.api import exceptions
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.ngclient import FetcherInterface, Updater

HOST = "http://mirror.example/"


class Files(FetcherInterface):
    """Serves what a question came with."""

    def __init__(self, files):
        self.files = files

    def _fetch(self, url):
        path = url.removeprefix(HOST)
        if path not in self.files:
            raise exceptions.DownloadHTTPError(path + " is not there", 404)
        return iter([base64.b64decode(self.files[path])])


def install(folder, root, files, target):
    """The target's bytes, as the client trusts them."""
    updater = Updater(
        folder, HOST + "metadata/", os.path.join(folder, "got"), HOST, Files(files), bootstrap=base64.b64decode(root)
    )
    updater.refresh()
    info = updater.get_targetinfo(target)
    if info is None:
        raise exceptions.RepositoryError("no such target")
    with open(updater.download_target(info), "rb") as f:
        return f.read()


def case(q):
    """Installs the first files, then those of the question, in a fresh folder or a copy of one that has the first files' trust."""
    work = tempfile.mkdtemp(dir=sys.argv[1])
    folder = os.path.join(work, "metadata")
    try:
        if q.get("warm"):
            shutil.copytree(q["warm"], folder, symlinks=True)
        else:
            os.mkdir(folder)
        got = install(folder, q["root"], q["files"], q["target"])
        if q.get("keep"):
            shutil.copytree(folder, q["keep"], symlinks=True)
        return {"got": base64.b64encode(got).decode()}
    except Exception as e:  # a client that breaks installs nothing either
        return {"error": f"{type(e).__name__}: {e}: {e.__cause__}"}
    finally:
        shutil.rmtree(work)


def publish(q):
    """A repository with a key of each kind, a delegation, and a rotated root."""
    expires = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    keys = {
        "root": CryptoSigner.generate_rsa(),
        "timestamp": CryptoSigner.generate_ed25519(),
        "snapshot": CryptoSigner.generate_ecdsa(),
        "targets": CryptoSigner.generate_ecdsa(),
        "demo.stable": CryptoSigner.generate_ed25519(),
    }
    new_root = CryptoSigner.generate_ed25519()
    files = {}

    def put(name, part, *signers):
        md = Metadata(part)
        for signer in signers:
            md.sign(signer, append=True)
        files["metadata/" + name] = md.to_bytes()
        return files["metadata/" + name]

    root = Root(expires=expires, consistent_snapshot=True)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(keys[role].public_key, role)
    first = put("1.root.json", root, keys["root"])
    root.version = 2
    root.unrecognized_fields["x-note"] = {"a": ["é", 1, None, "\n\"\\"]}
    root.add_key(new_root.public_key, "root")
    root.revoke_key(keys["root"].public_key.keyid, "root")
    put("2.root.json", root, keys["root"], new_root)

    content = base64.b64decode(q["content"])
    stable = Targets(expires=expires)
    stable.targets[q["target"]] = TargetFile.from_data(q["target"], content, ["sha256"])
    directory, _, name = q["target"].rpartition("/")
    prefix = stable.targets[q["target"]].hashes["sha256"]
    files[f"{directory}/{prefix}.{name}"] = content
    targets = Targets(expires=expires)
    targets.delegations = Delegations({}, {"demo.stable": DelegatedRole("demo.stable", [], 1, True, ["stable/*"])})
    targets.add_key(keys["demo.stable"].public_key, "demo.stable")
    snapshot = Snapshot(expires=expires)
    for role, part in (("demo.stable", stable), ("targets", targets)):
        snapshot.meta[role + ".json"] = MetaFile.from_data(1, put(f"1.{role}.json", part, keys[role]), ["sha256"])
    timestamp = Timestamp(expires=expires)
    timestamp.snapshot_meta = MetaFile.from_data(1, put("1.snapshot.json", snapshot, keys["snapshot"]), ["sha256"])
    put("timestamp.json", timestamp, keys["timestamp"])
    return {"root": base64.b64encode(first).decode(), "files": {k: base64.b64encode(v).decode() for k, v in files.items()}}


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"case": case, "publish": publish}[question["ask"]](question)), flush=True)
