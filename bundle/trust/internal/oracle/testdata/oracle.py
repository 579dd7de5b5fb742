"""python-tuf behind a pipe: one question a line, one answer a line, both JSON."""

import base64
import datetime
import json
import os
import sys

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


def answer(q):
    try:
        got = install(q["folder"], q["root"], q["files"], q["target"])
        return {"got": base64.b64encode(got).decode()}
    except Exception as e:  # a client that breaks installs nothing either
        return {"error": f"{type(e).__name__}: {e}: {e.__cause__}"}


def publish(q):
    """A repository: two of three keys, one of each kind, sign targets, a delegated role, and the second root."""
    expires = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    first = CryptoSigner.generate_rsa()
    keys = [CryptoSigner.generate_ed25519(), CryptoSigner.generate_ecdsa(), CryptoSigner.generate_rsa()]
    files = {}

    def put(name, part, *signers):
        md = Metadata(part)
        for signer in signers:
            md.sign(signer, append=True)
        files["metadata/" + name] = md.to_bytes()
        return files["metadata/" + name]

    root = Root(expires=expires, consistent_snapshot=True)
    for role, signers in (("root", [first]), ("timestamp", keys[:1]), ("snapshot", keys[1:2]), ("targets", keys)):
        for signer in signers:
            root.add_key(signer.public_key, role)
    root.roles["targets"].threshold = 2
    anchor = put("1.root.json", root, first)
    root.version = 2
    root.unrecognized_fields["x-note"] = {"a": ["é", 1, None, "\n\"\\"]}
    for signer in keys:
        root.add_key(signer.public_key, "root")
    root.revoke_key(first.public_key.keyid, "root")
    root.roles["root"].threshold = 2
    put("2.root.json", root, first, keys[0], keys[2])

    content = base64.b64decode(q["content"])
    stable = Targets(expires=expires)
    stable.targets[q["target"]] = TargetFile.from_data(q["target"], content, ["sha256"])
    directory, _, name = q["target"].rpartition("/")
    prefix = stable.targets[q["target"]].hashes["sha256"]
    files[f"{directory}/{prefix}.{name}"] = content
    targets = Targets(expires=expires)
    targets.delegations = Delegations({}, {"demo.stable": DelegatedRole("demo.stable", [], 2, True, ["stable/*"])})
    for signer in keys:
        targets.add_key(signer.public_key, "demo.stable")
    snapshot = Snapshot(expires=expires)
    for role, part in (("demo.stable", stable), ("targets", targets)):
        snapshot.meta[role + ".json"] = MetaFile.from_data(1, put(f"1.{role}.json", part, *keys[1:]), ["sha256"])
    timestamp = Timestamp(expires=expires)
    timestamp.snapshot_meta = MetaFile.from_data(1, put("1.snapshot.json", snapshot, keys[1]), ["sha256"])
    put("timestamp.json", timestamp, keys[0])
    return {"root": base64.b64encode(anchor).decode(), "files": {k: base64.b64encode(v).decode() for k, v in files.items()}}


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"install": answer, "publish": publish}[question["ask"]](question)), flush=True)
