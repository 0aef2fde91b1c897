# SPDX-License-Identifier: Apache-2.0
# Every command line of tests/data/trash_argv.tsv through safe-trash with a grant and through the real trash-put, each in a
# scene of its own: the same status, the same bytes on both outputs, the same things left and the same in the trash.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude trash "$box/real/work/scene/" --for 1h --yes

cat >"$box/both.py" <<'SCRIPT'
import os, re, shutil, subprocess, sys
from trashcli.put import main
from trashcli.fstab import volume_of

table, safe, box = sys.argv[1:]
work = os.path.realpath(os.getcwd())
scene = work + "/scene"
trash = os.environ["HOME"] + "/.local/share/Trash"
top = os.path.join(volume_of(work), ".Trash-%d" % os.getuid())
top_was_there = os.path.exists(top)


def decoded(word):
    if word == "%":
        return b""
    return re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), word.encode())


def make_scene():
    shutil.rmtree(scene, ignore_errors=True)
    shutil.rmtree(trash, ignore_errors=True)
    os.mkdir(scene)
    os.chdir(scene)
    for name in ("a", "b", "c", "sp ace", "it's", "tab\t", "new\nline", "-v", "--help", "w", "é", "@a", "%prog"):
        with open(name, "w") as file:
            file.write("x")
    for name in ("d", "e", "ld"):
        os.mkdir(name)
    for name in ("d/f", "ld/f"):
        open(name, "w").close()
    open("empty", "w").close()
    os.chmod("w", 0o400)
    os.symlink("a", "l")
    os.symlink("nowhere", "nolink")
    os.symlink("ld", "ldir")
    os.mkfifo("fifo")


def beneath(directory):
    return sorted(os.path.join(path, name) for path, *kinds in os.walk(directory) for kind in kinds for name in kind)


def deed(start):
    out, err = box + "/out", box + "/err"
    child = os.fork()
    if child == 0:
        for number, name in ((0, os.devnull), (1, out), (2, err)):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if number else 0), 0o600), number)
        start()
        os._exit(99)
    status = os.waitpid(child, 0)[1]
    said = [open(name, "rb").read() for name in (out, err)]
    return [os.waitstatus_to_exitcode(status), *said, beneath(b"."), beneath(trash + "/files"), beneath(trash + "/info")]


def start_real(words):
    # As the program does, without a start of Python for each.
    sys.argv = ["/usr/bin/trash-put", *map(os.fsdecode, words)]
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


rows = faults = 0
for line in open(table, encoding="ascii"):
    if line.startswith("#"):
        continue
    typed, kind, _ = line.rstrip("\n").split("\t")
    words = [decoded(word) for word in typed.split(" ") if word]
    results = []
    for start in (lambda: start_real(words), lambda: os.execv(safe, [b"trash-put", *words])):
        if kind == "run" or not results:
            make_scene()
        results.append(deed(start))
    rows += 1
    for what, real, ours in zip(("status", "output", "errors", "things left", "trash", "information"), *results):
        if real != ours:
            faults += 1
            print(f"trash-put {typed}: {what} {ours!r}, not {real!r}")
os.chdir(work)
if not top_was_there:
    shutil.rmtree(top, ignore_errors=True)
print(rows, "rows")
sys.exit(faults > 0 or rows < 200)
SCRIPT
python3 -c 'import trashcli.put' || echo "trash-cli is not there"
python3 "$box/both.py" "$data/trash_argv.tsv" "$PVM_STAGE/bin/safe-trash" "$box" >"$box/compared" 2>&1
status=$?
ok "every line is read as trash-put reads it: $(head -n 20 "$box/compared")" [ "$status" = 0 ]
finish
