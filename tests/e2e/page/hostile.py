# SPDX-License-Identifier: Apache-2.0
"""Raw bytes at pvmctl serve: shapes of request smuggling, what is too large, what is too slow, and more connections than it
may have. Called by serve_hostile_test.sh with: HOST PORT COOKIE KEY REQUEST CONNECTIONS."""
import re
import resource
import socket
import sys
import time

host, port, cookie, key, request, most = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5], int(sys.argv[6])
checks = failures = 0
GOOD = f"Host: {host}:{port}\r\nCookie: {cookie}\r\nX-PVM-Key: {key}\r\nOrigin: http://{host}:{port}\r\nContent-Type: application/json\r\n"
DENY = f"POST /api/v1/requests/{request}/deny HTTP/1.1\r\n{GOOD}"
PANIC = f"POST /api/v1/panic HTTP/1.1\r\n{GOOD}Content-Length: 2\r\n\r\n{{}}"


def ok(name, is_good, told=""):
    global checks, failures
    checks += 1
    if not is_good:
        failures += 1
        print(f"FAILED: {name} {told}")


def locked():
    return b"\npvm_locked 1\n" in say(f"GET /metrics HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n")


def connect(seconds=30):
    return socket.create_connection((host, port), timeout=seconds)


def say(raw):
    """All that comes back until the other end closes."""
    with connect() as end:
        got = b""
        try:
            end.sendall(raw if isinstance(raw, bytes) else raw.encode("latin-1"))
            end.shutdown(socket.SHUT_WR)
            while part := end.recv(65536):
                got += part
        except OSError:
            pass
        return got


def statuses(got):
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d+) ", got)]


# ---- one answer at most, and never a 200, for what could be read as two requests ----
smuggled = {
    "two lengths": DENY + "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}" + PANIC,
    "two equal lengths": DENY + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "a list of lengths": DENY + "Content-Length: 2, 2\r\n\r\n{}" + PANIC,
    "a signed length": DENY + "Content-Length: +2\r\n\r\n{}" + PANIC,
    "a negative length": DENY + "Content-Length: -1\r\n\r\n{}" + PANIC,
    "a length in hexadecimal": DENY + "Content-Length: 0x2\r\n\r\n{}" + PANIC,
    "a length beyond all": DENY + "Content-Length: 18446744073709551618\r\n\r\n{}" + PANIC,
    "chunks": DENY + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + PANIC,
    "chunks and a length": DENY + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + PANIC,
    "a length and chunks": DENY + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + PANIC,
    "chunks by another name": DENY + "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "chunks with a tab": DENY + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + PANIC,
    "chunks with a space before the colon": DENY + "Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "a folded header": DENY + "X: a\r\n Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + PANIC,
    "bare line feeds": (DENY + "Content-Length: 2\r\n\r\n{}").replace("\r\n", "\n") + PANIC,
    "a bare carriage return": DENY + "X: a\rContent-Length: 200\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "a NUL in a header": DENY + "X: a\0b\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "a NUL in a name": DENY + "X\0: a\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "two hosts": DENY + "Host: evil.example\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "two cookies": DENY + "Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "two origins": DENY + "Origin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "two keys": DENY + "X-PVM-Key: x\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "an expectation": DENY + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}" + PANIC,
    "a GET with a body": f"GET /api/v1/status HTTP/1.1\r\n{GOOD}Content-Length: {len(PANIC)}\r\n\r\n" + PANIC,
    "HTTP/1.0": DENY.replace("HTTP/1.1", "HTTP/1.0") + "Content-Length: 2\r\n\r\n{}" + PANIC,
    "HTTP/0.9": f"GET /api/v1/requests\r\n" + PANIC,
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + PANIC,
    "a tunnel": f"CONNECT {host}:{port} HTTP/1.1\r\n{GOOD}\r\n" + PANIC,
    "a word before": "X " + DENY + "Content-Length: 2\r\n\r\n{}" + PANIC,
    "a space before a header": DENY.replace("Cookie:", " Cookie:") + "Content-Length: 2\r\n\r\n{}" + PANIC,
    "a body that ends early": DENY + "Content-Length: 200\r\n\r\n{}",
    "a head that ends early": DENY,
}
for name, raw in smuggled.items():
    answers = statuses(say(raw))
    ok(f"{name}: refused, and nothing after it is read", len(answers) <= 1 and 200 not in answers, answers)

ok("no second request got through", not locked())

# ---- what is too large ----
ok("a head over its limit", statuses(say(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nX: {'a' * 9000}\r\n\r\n")) == [431])
many = "".join(f"X-{i}: a\r\n" for i in range(2000))
ok("more headers than fit", statuses(say(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\n{many}\r\n")) == [431])
ok("a path over its limit", statuses(say(f"GET /{'a' * 3000} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n")) == [400])
ok("a body over its limit", statuses(say(DENY + "Content-Length: 20000\r\n\r\n" + "a" * 20000)) == [413])
ok("a body that says it is over", statuses(say(DENY + "Content-Length: 999999999999\r\n\r\n{}")) == [413])
ok("noise", 200 not in statuses(say(bytes(range(256)) * 64)))
ok("TLS where none is spoken", 200 not in statuses(say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 400)))

# ---- two requests after one another are two ----
twice = f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
ok("what is well formed is answered, one after the other", statuses(say(twice + twice)) == [200, 200])

# ---- more connections than it may have, none of which ever asks: it stays usable, and takes every newcomer at once ----
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
known = connect()
ask = f"GET /api/v1/session HTTP/1.1\r\n{GOOD}\r\n".encode("latin-1")


def asked(end):
    end.sendall(ask)
    got = b""
    while b"\r\n\r\n" not in got or not got.endswith(b"}\n"):
        part = end.recv(65536)
        if not part:
            return "closed"
        got += part
    return got[9:12].decode()


ok("somebody is logged in", asked(known) == "200")
idle = []
slow = time.monotonic()
for number in range(most + 200):
    end = connect()
    end.sendall(b"GET / HTTP/1.1\r\nHo" if number % 2 else b"")
    idle.append(end)
ok("all were taken", len(idle) == most + 200)
fresh = statuses(say(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"))
ok("a newcomer is served", fresh == [200], fresh)
ok("who is logged in was not closed for others", asked(known) == "200")
metrics = say(f"GET /metrics HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n").decode()
numbers = {line.split()[0]: int(line.split()[1]) for line in metrics.split("\n") if line.startswith("pvm_") and "{" not in line}
ok("the oldest were closed for the newest", numbers["pvm_connections_evicted_total"] >= 200, numbers)
ok("there are no more than may be", numbers["pvm_connections"] <= most, numbers)

# ---- a head that comes byte by byte is cut off, however steadily it comes ----
drip = idle[-1]
end = slow + 60
cut = False
while time.monotonic() < end and not cut:
    try:
        drip.sendall(b"a")
        drip.settimeout(0.5)
        cut = drip.recv(10) == b""
    except TimeoutError:
        pass
    except OSError:
        cut = True
ok("a slow one is cut off", cut)
print(f"{checks} raw checks, {failures} failures")
sys.exit(1 if failures else 0)
