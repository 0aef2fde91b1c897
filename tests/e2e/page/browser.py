# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, spoken to by the DevTools protocol over two pipes: no port, no library, no driver to keep in step.

https://chromedevtools.github.io/devtools-protocol/ ; messages are JSON, each ended by a NUL byte.
"""
import base64
import json
import os
import select
import subprocess
import time

PATIENCE = 15  # seconds for anything that must come to be; never how long anything takes


class Browser:
    def __init__(self, program, profile):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def give_pipes():
            # It reads from 3 and writes to 4; each may be the other's number as yet.
            reading = os.dup2(to_browser, 63)
            writing = os.dup2(from_browser, 62)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self._process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--no-first-run", "--hide-scrollbars",
             f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=give_pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"HOME": profile, "TMPDIR": profile, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._buffer = b""
        self._answers = {}
        self.on_event = lambda method, params, session: None

    def close(self):
        self._process.terminate()
        self._process.wait(timeout=PATIENCE)

    def send(self, method, params=None, session=None):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._number

    def call(self, method, params=None, session=None):
        number = self.send(method, params, session)
        end = time.monotonic() + PATIENCE
        while number not in self._answers:
            self.pump(end - time.monotonic())
        answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def pump(self, seconds):
        """Takes in what the browser says, at least one message."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, seconds))
            if not ready:
                raise TimeoutError("the browser says nothing")
            got = os.read(self._read, 1 << 20)
            if not got:
                raise RuntimeError("the browser ended")
            self._buffer += got
        raw, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(raw)
        if "id" in message:
            self._answers[message["id"]] = message
        else:
            self.on_event(message["method"], message["params"], message.get("sessionId"))


class Page:
    """One tab. `complaints` gathers whatever the console, the CSP or an exception says."""

    def __init__(self, browser):
        self.browser = browser
        self.complaints = []
        self.expected = ()  # parts of complaints that a test is about
        self.answer_instead = lambda request: None  # a test's answer in place of the server's
        browser.on_event = self._take
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Audits", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method, params=None):
        return self.browser.call(method, params, self.session)

    def _take(self, method, params, session):
        words = None
        if method == "Runtime.exceptionThrown":
            words = params["exceptionDetails"].get("exception", {}).get("description", str(params))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            words = " ".join(str(one.get("value", one.get("description"))) for one in params["args"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            words = params["entry"]["text"] + " " + params["entry"].get("url", "")
        elif method == "Audits.issueAdded" and params["issue"]["code"] != "PerformanceIssue":  # our own questions raise these
            words = params["issue"]["code"] + " " + json.dumps(params["issue"]["details"])[:300]
        elif method == "Fetch.requestPaused":
            self._paused(params, session)
        if words and not any(part in words for part in self.expected):
            self.complaints.append(words)

    def _paused(self, params, session):
        answer = self.answer_instead(params["request"])
        if answer is None:
            self.browser.send("Fetch.continueRequest", {"requestId": params["requestId"]}, session)
            return
        self.browser.send("Fetch.fulfillRequest", {
            "requestId": params["requestId"], "responseCode": 200,
            "responseHeaders": [{"name": "Content-Type", "value": "application/json"}],
            "body": base64.b64encode(json.dumps(answer).encode()).decode()}, session)

    def open(self, url):
        self.call("Page.navigate", {"url": url})

    def js(self, expression):
        result = self.call("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, condition):
        """Whether `condition` comes to hold; looked at after each change of the page."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.js(f"!!({condition})"):
                    return True
                self.js("new Promise((done) => setTimeout(done, 20))")
            except RuntimeError:  # between two documents
                pass
        return False

    def click(self, selector):
        """A real click in the middle of the element."""
        box = self.js(f"(() => {{ const e = {selector}; e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();"
                      " return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {"type": kind, "x": box[0], "y": box[1], "button": "left", "clickCount": 1})

    def type(self, text):
        self.call("Input.insertText", {"text": text})

    KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowRight": 39, "ArrowLeft": 37}

    def press(self, key, modifiers=0):
        about = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": self.KEYS[key], "modifiers": modifiers}
        if key in ("Enter", " "):
            about["text"] = "\r" if key == "Enter" else " "
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", **about})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **about})

    def show_as(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme},
                                                               {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def shoot(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"})["data"]))

    def nameless(self):
        """Controls that a screen reader has no name for, as the accessibility tree has them."""
        wanted = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton", "tab", "dialog", "progressbar", "heading", "img"}
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        found = [n for n in nodes if not n.get("ignored") and n.get("role", {}).get("value") in wanted]
        return len(found), [n["role"]["value"] for n in found if not n.get("name", {}).get("value")]
