# SPDX-License-Identifier: Apache-2.0
"""What the services have in common: the directory, and what they were sent."""
import json
import os
import sys
import threading

directory = sys.argv[1]
lock = threading.Lock()


def record(service, faults, **more):
    with lock, open(os.path.join(directory, "seen"), "a", encoding="utf-8") as seen:
        seen.write(json.dumps({"service": service, "faults": faults, **more}) + "\n")


class Faults(list):
    def unless(self, is_good, what):
        if not is_good:
            self.append(what)


def within(value, most, least=1):
    return isinstance(value, str) and least <= len(value) <= most
