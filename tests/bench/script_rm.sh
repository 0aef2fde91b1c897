#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# script_rm.sh HOME LOG FILE: what safe-rm does, as one would write it in a shell with some Python in it.
# packaging/bench holds safe-rm against it. It
#   - looks for live grants under the file's directories in HOME/vault.db, by the index that PVM uses;
#   - reads the grant and holds it against agent, action, time and scope (a path, or all beneath a directory: no more);
#   - has ssh-keygen verify its signature, since Python comes without Ed25519;
#   - adds a row to the table `audit` of LOG, and commits with a sync;
#   - becomes rm.
# It does less than safe-rm: no effect, no count of uses, no tree over the log, no outcome, and nothing stops
# the file from being replaced after it was looked at.
set -euo pipefail

# The system's own, without what a user's environment adds to it.
/usr/bin/python3 -I - "$@" <<'END'
import os, sqlite3, subprocess, sys, tempfile, time

home, log, name = sys.argv[1:]
agent = os.environ["PVM_AGENT"]
path = os.path.join(os.path.realpath(os.path.dirname(name) or "."), os.path.basename(name))
os.lstat(path)

anchors, at = [path], path
while at != "/":
    at = os.path.dirname(at)
    anchors.append(at)
vault = sqlite3.connect(f"file:{home}/vault.db?mode=ro", uri=True)
rows = vault.execute(
    "SELECT g.grant_id, g.statement, g.signature FROM grant_anchors a JOIN grants g USING (grant_id) "
    "WHERE a.agent = ? AND a.action = 'rm' AND a.not_after >= ? AND g.revoked IS NULL "
    f"AND a.anchor IN ({','.join('?' * len(anchors))})",
    [agent, int(time.time()), *(a.encode() for a in anchors)]).fetchall()
vault.close()


def covers(pattern):
    return path == pattern or (pattern.endswith("/**") and path.startswith(pattern[:-2]))


def is_signed(statement, signature, approver):
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        return subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", f"{home}/allowed_signers", "-I", approver, "-n", "pvm-grant-v1",
             "-s", file.name], input=statement, stdout=subprocess.DEVNULL).returncode == 0


def permits(statement, signature):
    fields = [line.split(" ", 1) for line in statement.decode().splitlines()[1:]]
    of = dict(fields)
    scopes = [value.split(" ", 1)[1] for key, value in fields if key == "scope"]
    return (of["agent"] == agent and of["action"] == "rm"
            and int(of["not-before"]) <= time.time() <= int(of["not-after"])
            and any(covers(scope) for scope in scopes) and is_signed(statement, signature, of["approver"]))


grant = next((row[0] for row in rows if permits(row[1], row[2])), None)
audit = sqlite3.connect(log)
audit.execute("PRAGMA synchronous=FULL")
audit.execute("INSERT INTO audit(time, agent, path, grant_id) VALUES(?, ?, ?, ?)", (time.time(), agent, path, grant))
audit.commit()
if grant is None:
    sys.exit("script_rm.sh: denied")
END
exec /bin/rm -- "$3"
