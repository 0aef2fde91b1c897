# SPDX-License-Identifier: Apache-2.0
"""A yes on the page, by the key of pvmctl serve: from an agent's command that waits to its end. Called by page_test.sh with:
CHROMIUM PROFILE URL SHOTS; the programs of PVM are in PATH and the vault in PVM_HOME."""
import json
import os
import subprocess
import sys
import time

from browser import Browser, Page

chromium, profile, url, shots = sys.argv[1:]
checks = 0
failures = 0


def ok(name, is_good, told=""):
    global checks, failures
    checks += 1
    if not is_good:
        failures += 1
        print(f"FAILED: {name} {told}")


def waiting(directory):
    """An agent's command that waits for the answer."""
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/part.o", "wb") as out:
        out.truncate(4096)
    return subprocess.Popen(["safe-rm", "-rf", directory], stderr=subprocess.PIPE,
                            env={**os.environ, "PVM_WAIT": "30", "PVM_REASON": "make room"})


def once(directory):
    """The button that approves the request for it once; undefined where there is none to press."""
    card = f"[...document.querySelectorAll('#requests article')].find((a) => a.textContent.includes('/{directory}'))"
    return f"[...({card})?.querySelectorAll('.card-actions button') ?? []].find((b) => b.textContent.includes('once') && !b.disabled)"


def answered(agent):
    begun = time.monotonic()
    status = agent.wait(timeout=20)
    return status, round((time.monotonic() - begun) * 1000)


browser = Browser(chromium, profile)
try:
    page = Page(browser)
    page.show_as(390, 844, "light")
    page.open(json.loads(subprocess.run(["pvmctl", "login", "--yes", "--json"], capture_output=True, text=True).stdout)["link"])
    ok("the desk is open", page.until("!document.getElementById('desk').hidden"))
    ok("what is weak about the key is said", page.until("document.getElementById('approving').textContent.includes('without a passphrase')"))

    agent = waiting("first")
    ok("the request arrives, and can be approved", page.until(f"{once('first')} !== undefined"))
    page.shoot(f"{shots}/approvable-390-light.png")
    page.click(once("first"))
    status, took = answered(agent)
    ok("the agent's command ran", status == 0 and not os.path.exists("first"), status)
    print(f"from the click to the end of the agent's command: {took} ms")
    ok("the page says so", page.until("document.getElementById('said').textContent.includes('Approved')"))

    # What came to be since it was shown is not approved with it.
    agent = waiting("second")
    ok("the next one arrives", page.until(f"{once('second')} !== undefined"))
    with open("second/more", "w") as out:
        out.write("more")
    page.expected = ("409",)
    page.click(once("second"))
    ok("it is not approved any more", page.until("document.body.textContent.includes('changed')"))
    ok("the agent waits on", agent.poll() is None and os.path.exists("second/more"))
    page.expected = ()
    page.shoot(f"{shots}/changed-390-light.png")
    ok("it is shown as it is now", page.until(f"{once('second')} !== undefined"))
    ok("with what is there now, and not what the agent told", page.until("[...document.querySelectorAll('#requests article')]"
       ".some((a) => a.textContent.includes('/second') && a.textContent.includes('2 files'))"))
    page.click(once("second"))
    status, _ = answered(agent)
    ok("and can be approved as that", status in (0, 1), status)

    grants = json.loads(subprocess.run(["pvmctl", "grants", "--json", "--all"], capture_output=True, text=True).stdout)["grants"]
    mine = [grant for grant in grants if grant["scopes"][0].endswith(("/first", "/second"))]
    ok("the grants name the door, the person, and a key that needs nobody", len(mine) == 2 and
       all(grant["via"].startswith("serve/page/") and grant["unattended"] for grant in mine), mine)
    ok("the console had nothing to say", not page.complaints, page.complaints)
finally:
    browser.close()
print(f"{checks} checks in the browser, {failures} failures")
sys.exit(1 if failures or checks < 10 else 0)
