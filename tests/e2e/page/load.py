# SPDX-License-Identifier: Apache-2.0
"""Many who listen and many who ask, at the same time: no event is lost, and memory stays. Called by serve_load_test.sh with:
HOST PORT COOKIE KEY PID LISTENERS ASKED_EACH_SECOND SECONDS; the programs of PVM are in PATH and the vault in PVM_HOME."""
import json
import os
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time

host, port, cookie, key, pid, listeners, rate, seconds = sys.argv[1], int(sys.argv[2]), *sys.argv[3:5], *map(int, sys.argv[5:9])
PAIRS = 5  # a second: a request and its denial
HEAD = f"Host: {host}:{port}\r\nCookie: {cookie}\r\nX-PVM-Key: {key}\r\nOrigin: http://{host}:{port}\r\nContent-Type: application/json\r\n"
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
failures = 0


def ok(name, is_good, told=""):
    global failures
    if not is_good:
        failures += 1
        print(f"FAILED: {name} {told}")


def resident():
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def call(end, method, path, body=None):
    raw = f"{method} {path} HTTP/1.1\r\n{HEAD}"
    if body is not None:
        raw += f"Content-Length: {len(body)}\r\n"
    end.sendall((raw + "\r\n" + (body or "")).encode())
    got = b""
    while b"\r\n\r\n" not in got:
        got += (part := end.recv(65536))
        if not part:
            raise OSError("closed")
    head, rest = got.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    while len(rest) < length:
        rest += end.recv(65536)
    return int(head[9:12]), rest


selector = selectors.DefaultSelector()
heard = []


def begin_to_listen():
    """A session has a rate, which a thousand listeners at once are over: then once more."""
    while True:
        end = socket.create_connection((host, port))
        end.sendall(f"GET /api/v1/events HTTP/1.1\r\n{HEAD}Last-Event-ID: 0\r\n\r\n".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += end.recv(4096)
        if got.startswith(b"HTTP/1.1 200"):
            end.setblocking(False)
            return end, got.split(b"\r\n\r\n", 1)[1]
        end.close()
        time.sleep(0.1)


for number in range(listeners):
    end, rest = begin_to_listen()
    heard.append({"end": end, "rest": rest, "ids": []})
    selector.register(end, selectors.EVENT_READ, heard[-1])
time.sleep(2)  # the rate of the session fills up again

over = threading.Event()
slowest = 0.0
answered = wrong = 0


def listen():
    while not over.is_set():
        for ready, _ in selector.select(0.2):
            mine = ready.data
            part = mine["end"].recv(1 << 20)
            if not part:
                selector.unregister(mine["end"])
                continue
            lines = (mine["rest"] + part).split(b"\n")
            mine["rest"] = lines.pop()
            mine["ids"] += [int(line[4:]) for line in lines if line.startswith(b"id: ")]


def ask_again_and_again():
    global answered, wrong, slowest
    end = socket.create_connection((host, port))
    paths = ["/api/v1/requests", "/api/v1/status", "/api/v1/grants", "/api/v1/session"]
    begin = time.monotonic()
    number = 0
    while not over.is_set():
        due = begin + number / rate
        time.sleep(max(0, due - time.monotonic()))
        at = time.monotonic()
        status, _ = call(end, "GET", paths[number % len(paths)])
        slowest = max(slowest, time.monotonic() - at)
        answered += 1
        wrong += status != 200
        number += 1


def make_events():
    end = socket.create_connection((host, port))
    begin = time.monotonic()
    for number in range(1 << 30):
        if over.wait(max(0, begin + number / PAIRS - time.monotonic())):
            return
        made = subprocess.run(["pvmctl", "request", "--json", "--reason", "x" * 200, "--action", "rm", "--scope", f"{os.getcwd()}/{time.monotonic_ns()}/"],
                              capture_output=True, text=True)
        status, _ = call(end, "POST", f"/api/v1/requests/{json.loads(made.stdout)['id']}/deny", '{"note":"no"}')
        ok("denied", status == 200, status)


threads = [threading.Thread(target=work) for work in (listen, ask_again_and_again, make_events)]
for thread in threads:
    thread.start()
time.sleep(seconds * 0.4)
early = resident()
time.sleep(seconds * 0.6)
later = resident()
# What was written last is given the time to arrive: the last that anybody was told of is what all are to have.
newest = json.loads(subprocess.run(["pvmctl", "audit", "list", "--all", "--json"], capture_output=True, text=True).stdout)["entries"]
told = [one["entry_id"] for one in newest if one["entry_type"] in ("request", "deny")]
deadline = time.monotonic() + 20
while time.monotonic() < deadline and not all(one["ids"] and one["ids"][-1] >= told[-1] for one in heard):
    time.sleep(0.1)
over.set()
for thread in threads:
    thread.join()

had = [[id for id in one["ids"] if id <= told[-1]] for one in heard]
late = sum(1 for ids in had if ids != told and ids == told[:len(ids)])
lost = sum(1 for ids in had if ids != told[:len(ids)])
ok("nobody missed an event, had one twice or out of order", lost == 0, f"{lost} of {listeners} did")
ok("all had everything in the end", late == 0, f"{late} of {listeners} had not")
ok("there was something to be told of", len(told) > PAIRS * seconds, len(told))
ok("every question was answered", wrong == 0 and answered > 0.8 * rate * seconds, (answered, wrong))
ok("memory stays", later < early * 1.2 + 4096, (early, later))
print(f"{listeners} listeners, {len(told)} events each; {answered} answers in {seconds} s, the slowest {slowest * 1000:.0f} ms; "
      f"{early} KiB, then {later} KiB")
sys.exit(1 if failures else 0)
