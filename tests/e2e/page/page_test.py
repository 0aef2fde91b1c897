# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser, over a real vault. Called by page_test.sh with: CHROMIUM PROFILE URL SHOTS REPOSITORY; the programs of
PVM are in PATH and the vault in PVM_HOME."""
import json
import os
import subprocess
import sys

from browser import Browser, Page

chromium, profile, url, shots, repository = sys.argv[1:]
checks = 0
failures = 0


def ok(name, is_good, told=""):
    global checks, failures
    checks += 1
    if not is_good:
        failures += 1
        print(f"FAILED: {name} {told}")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


def ask(directory, reason):
    """Files a request, as an agent does; its id."""
    run("safe-rm", "-rf", directory, env={**os.environ, "PVM_WAIT": "0", "PVM_REASON": reason})
    return json.loads(run("pvmctl", "pending", "--json").stdout)["requests"][0]["id"]


def state(request):
    return json.loads(run("pvmctl", "show", request, "--json").stdout)["state"]


def link():
    return json.loads(run("pvmctl", "login", "--yes", "--json").stdout)["link"]


def tree(name, sizes):
    os.makedirs(name)
    for number, size in enumerate(sizes):
        with open(f"{name}/part-{number}.o", "wb") as out:
            out.truncate(size)


CONTRAST = """(() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m[3] ?? 1}; };
  const light = ({r, g, b}) => [r, g, b].map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a > .99) return c; } return {r: 255, g: 255, b: 255}; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest('.unseen, .skip, noscript, :disabled')) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} '${e.textContent.slice(0, 20)}' ${ratio.toFixed(2)}`);
  }
  return bad;
})()"""


def check_access(page, where):
    count, nameless = page.nameless()
    ok(f"{where}: every control has a name", count > 0 and not nameless, nameless)
    twice = page.js("[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)")
    ok(f"{where}: no id is there twice", not twice, twice)
    dangling = page.js("[...document.querySelectorAll('[aria-labelledby],[aria-describedby],[aria-controls],label[for]')].flatMap((e) =>"
                       " ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'].map((n) => e.getAttribute(n))).filter((id) => id && !document.getElementById(id))")
    ok(f"{where}: what is referred to is there", not dangling, dangling)
    small = page.js("[...document.querySelectorAll('button, input, select, textarea')].filter((e) => e.checkVisibility()"
                    " && e.type !== 'checkbox' && e.getBoundingClientRect().height < 36).map((e) => e.id || e.textContent)")
    ok(f"{where}: what is touched is large enough", not small, small)
    wide = page.js("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    ok(f"{where}: nothing is wider than the screen", wide <= 0, wide)


def shoot_all(page, name):
    for width, height in ((390, 844), (1280, 800)):
        for scheme in ("light", "dark"):
            page.show_as(width, height, scheme)
            page.js("scrollTo(0, 0)")
            page.shoot(f"{shots}/{name}-{width}-{scheme}.png")
            faint = page.js(CONTRAST)
            ok(f"{name} {width} {scheme}: text stands out from its ground", not faint, faint)
            check_access(page, f"{name} {width} {scheme}")
    page.show_as(390, 844, "light")


browser = Browser(chromium, profile)
try:
    page = Page(browser)
    page.show_as(390, 844, "light")

    # ---- a stranger sees the door and nothing behind it ----
    waiting = ask("build", "clean build: \u202egnp.exe <b>bold</b> \u0007")
    page.open(url)
    ok("a stranger is asked to log in", page.until("!document.getElementById('login').hidden"))
    ok("and sees nothing of what waits", "build" not in page.js("document.getElementById('desk').textContent"))
    shoot_all(page, "login")
    page.expected = ("401", "403")
    page.click("document.getElementById('login-code')")
    page.type("A" * 43)
    page.press("Enter")
    ok("a code that is none opens nothing", page.until("document.getElementById('login-fault').textContent.includes('opens nothing')"))
    page.expected = ()

    # ---- the link ----
    opened = link()
    page.open(opened)
    ok("the link opens the desk", page.until("document.getElementById('requests').children.length === 1"))
    ok("the token is gone from the address", "#" not in page.js("location.href") and opened[-43:] not in page.js("location.href"))
    ok("no script reads the cookie", page.js("document.cookie") == "")
    ok("it says that it is live", page.until("document.getElementById('line-words').textContent === 'live'"))
    ok("the tier is said", page.until("document.getElementById('tier').textContent.includes('Tier 0')"))
    card = "document.querySelector('[data-id=\"%s\"]')"
    mine = card % waiting
    ok("the largest entries are shown", page.until(f"{mine}.textContent.includes('part-3.o')"))
    words = page.js(f"{mine}.querySelector('.spoken q').textContent")
    ok("the agent's words are text, and nothing in them turns the line around", words == "clean build: \\u{202E}gnp.exe <b>bold</b> \\x07", words)
    ok("no element came of them", page.js(f"{mine}.querySelectorAll('b').length") == 0)
    ok("they are marked as the agent's", "In the agent" in page.js(f"{mine}.querySelector('.spoken').textContent"))

    # ---- a request arrives while somebody looks ----
    tree("dist", [5 << 20, 300 << 10])
    second = ask("dist", "make room")
    ok("a request arrives by itself", page.until(card % second))
    ok("the newest is the first", page.js("document.querySelector('#requests article').dataset.id") == second)
    ok("it is announced", page.until("document.getElementById('announced').textContent.includes('claude asks')"))
    ok("the title counts", page.until("document.title.startsWith('(2)')"))
    ok("without a signing key, approving stays elsewhere", "pvmctl approve" in page.js(f"({card % second}).querySelector('.card-actions').textContent"))

    # ---- by keyboard alone: the first card's denial, with a note ----
    page.js("document.activeElement.blur()")
    order = []
    for _ in range(30):
        page.press("Tab")
        order.append(page.js("(() => { const e = document.activeElement; return [e.id || e.textContent.trim().slice(0, 24), e.checkVisibility(),"
                             " getComputedStyle(e).outlineStyle, !!e.closest('article')]; })()"))
        if order[-1][0] == "Deny":
            break
    ok("Tab reaches Deny", order[-1][0] == "Deny", order)
    ok("all on the way is visible, and the focus too", all(one[1] and one[2] != "none" for one in order), order)
    named = [one[0] for one in order]
    ok("the order is that of the page", named[0].startswith("Skip") and named.index("stop") < named.index("tab-pending"), named)
    page.press("Enter")
    ok("the note has the focus", page.until("document.activeElement.name === 'note'"))
    check_access(page, "with a form")
    page.type("use make clean")
    page.press("Tab")
    page.press("Tab")
    page.press("Enter")
    ok("the card goes", page.until(f"!({card % second})"))
    ok("it is denied in the vault", state(second) == "denied", state(second))
    told = run("pvmctl", "status", second).stdout
    ok("the agent reads the note", "use make clean" in told, told)
    page.js("document.activeElement.blur()")
    page.js(f"{mine}.querySelector('details').open = true")
    shoot_all(page, "pending")
    page.js(f"{mine}.querySelector('details').open = false")

    # ---- what was approved at a terminal becomes a grant that counts down, and is revoked ----
    run("pvmctl", "approve", waiting, "--for", "30m", "--yes")
    ok("a grant appears", page.until("document.querySelectorAll('#grants article').length === 1"))
    ok("nothing waits any more", page.until("!document.getElementById('no-requests').hidden"))
    page.click("document.getElementById('tab-grants')")
    ok("it counts down", page.until("/^29:\\d\\d$/.test(document.querySelector('#grants .left').textContent)"))
    shoot_all(page, "grants")
    page.click("document.querySelector('#grants .deny')")
    ok("it is revoked", page.until("document.querySelectorAll('#grants article').length === 0"))
    ok("in the vault, too", json.loads(run("pvmctl", "grants", "--json").stdout)["grants"] == [])

    # ---- history and log, by the arrow keys ----
    page.click("document.getElementById('tab-grants')")
    page.press("ArrowRight")
    ok("an arrow goes to the history", page.until("document.querySelectorAll('#history li').length === 2"))
    shoot_all(page, "history")
    page.click("document.getElementById('history-words')")
    page.type("make room")
    page.press("Enter")
    ok("a search finds", page.until("document.querySelectorAll('#history li').length === 1 && document.getElementById('history').textContent.includes('use make clean')"))
    page.click("document.getElementById('tab-log')")
    ok("the log has entries", page.until("document.querySelectorAll('#log li').length > 5"))
    shoot_all(page, "log")

    # ---- many of one tree are denied at once ----
    page.click("document.getElementById('tab-pending')")
    many = []
    for number in range(3):
        tree(f"many/{number}", [number * 1000])
        many.append(ask(f"many/{number}", f"step {number}"))
    ok("one line says what they are together", page.until("document.querySelector('#groups p')?.textContent.includes('3 requests, 3 files')"))
    shoot_all(page, "group")
    page.click("document.querySelector('#groups button')")
    ok("all are gone", page.until("document.querySelectorAll('#requests article').length === 0 && document.querySelectorAll('#groups div').length === 0"))
    ok("and denied", {state(one) for one in many} == {"denied"})

    # ---- a push: its commits, and those that it would lose ----
    run("git", "push", "-f", "origin", "main", cwd=repository, env={**os.environ, "PVM_WAIT": "0", "PVM_REASON": "rewritten"})
    ok("a push arrives", page.until("document.querySelector('#requests .card-title')?.textContent.includes('push (force)')"))
    ok("with what goes out and what is lost", page.until("document.querySelector('#requests details').textContent.includes('would be lost: 1 commit')"
       " && document.querySelector('#requests details').textContent.includes('lost: <i>two</i>')"), page.js("document.getElementById('requests').textContent"))
    page.js("document.querySelector('#requests details').open = true")
    shoot_all(page, "push")
    page.click("document.querySelector('#requests .deny')")
    page.click("document.querySelector('#requests form button[type=submit]')")
    ok("it is denied without a note", page.until("document.querySelectorAll('#requests article').length === 0"))

    # ---- with a key that signs: what the page sends (the answers are the test's) ----
    sent = []

    def signing(request):
        path = request["url"][len(url):]
        if path == "/api/v1/status":
            return {"now": "2026-11-22T00:00:00Z", "vault": "00", "home": "/home/x", "tier": 0, "trust": "root", "locked": False,
                    "lock_reason": "", "locked_since": None, "signer": "serve@host", "approving": None}
        if path.endswith("/approve"):
            sent.append(json.loads(request["postData"]))
            return {}
        return None

    page.answer_instead = signing
    page.call("Fetch.enable", {"patterns": [{"urlPattern": "*/api/v1/status"}, {"urlPattern": "*/approve"}]})
    page.click("document.getElementById('tab-pending')")
    tree("out", [1000, 2000])
    third = ask("out", "x")
    button = f"[...({card % third})?.querySelectorAll('.card-actions button') ?? []].find((b) => b.textContent.includes('%s'))"
    ok("Approve is offered once it was looked at", page.until(f"{button % 'once'}?.disabled === false"))
    page.click(button % "once")
    ok("once: with the digest that was shown", page.until("document.getElementById('said').textContent.includes('Approved')") and
       sent[0]["seen"].startswith("sha256:") and "for_seconds" not in sent[0], sent)
    page.click(button % "time")
    ok("the form is there", page.until(f"({card % third}).querySelector('select')"))
    shoot_all(page, "approve")
    page.click(f"({card % third}).querySelector('textarea[name=scopes]')")
    page.js(f"({card % third}).querySelector('textarea[name=scopes]').value += '/part-1.o'")
    page.click(f"({card % third}).querySelector('form button[type=submit]')")
    ok("for a time and narrower", all(page.until("true") for _ in range(200) if len(sent) < 2) and len(sent) == 2 and
       sent[-1].get("for_seconds") == 1800 and sent[-1].get("scopes", [""])[0].endswith("out/part-1.o"), sent)
    page.call("Fetch.disable")

    # ---- another tab asks this one for the key; a stop; logging out ----
    page.click("document.getElementById('stop')")
    ok("the dialog opens", page.until("document.getElementById('stop-dialog').open"))
    check_access(page, "dialog")
    page.shoot(f"{shots}/stop-390-light.png")
    page.type("looking into it")
    page.press("Enter")
    ok("it is locked, and says so", page.until("document.getElementById('locked').textContent.includes('looking into it')"))
    ok("in the vault, too", json.loads(run("pvmctl", "pending", "--json").stdout)["locked"])
    shoot_all(page, "locked")
    ok("the console had nothing to say", not page.complaints, page.complaints)
    other = Page(browser)
    other.open(url)
    ok("another tab is let in by this one", other.until("!document.getElementById('desk').hidden"))
    other.expected = ("401",)  # of what was asked for and not yet answered
    other.click("document.getElementById('logout')")
    ok("logging out is for all tabs", other.until("!document.getElementById('login').hidden") and page.until("!document.getElementById('login').hidden"))
    ok("the second console had nothing to say either", not other.complaints, other.complaints)
finally:
    browser.close()
print(f"{checks} checks in the browser, {failures} failures")
sys.exit(1 if failures or checks < 60 else 0)
