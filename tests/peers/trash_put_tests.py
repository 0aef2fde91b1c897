#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs trash-cli's tests of trash-put against the trash-put that is first in PATH, and prints "test<TAB>verdict".

They are written for the class TrashPutCmd, called within the test's own process. Here a class of that name stands in
its place which starts the program: with the test's words and environment, in the test's directory. What a test would
put in place of the file system (its list of volumes) reaches no other process, so tests that need that fail, whatever
trash-put they are given.

usage: trash_put_tests.py TREE TEST-FILE...
"""
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import nose

REPORT = "nose.xml"


class TrashPutProgram:
    def __init__(self, stdout, stderr, environ, *_within, **_within_by_name):
        self.stdout, self.stderr, self.environ = stdout, stderr, environ or {}

    def run(self, argv):
        ran = subprocess.run(argv, env={**os.environ, **self.environ}, stdin=subprocess.DEVNULL,
                             capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=60)
        self.stdout.write(ran.stdout)
        self.stderr.write(ran.stderr)
        return ran.returncode


def verdict(case):
    return next((part.tag for part in case if part.tag in ("failure", "error", "skipped")), "ok")


def main():
    os.chdir(sys.argv[1])
    sys.path.insert(0, os.getcwd())
    import trashcli.put
    trashcli.put.TrashPutCmd = TrashPutProgram
    nose.run(argv=["nose", "--with-xunit", "--xunit-file=" + REPORT, *sys.argv[2:]])
    for case in xml.parse(REPORT).getroot().iter("testcase"):
        print(case.get("classname") + "." + case.get("name"), verdict(case), sep="\t")


main()
