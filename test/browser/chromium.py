"""Debian's Chromium without a window, driven through its DevTools protocol."""
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket  # Debian's python3-websocket

PATIENCE = 60  # Seconds; only ends a test that hangs.


class Chromium:
    """One browser and its only tab. Use it as a context."""

    def __init__(self, width=1440, height=900):
        self.size = (width, height)
        self.folder = tempfile.mkdtemp(prefix="holdfast-chromium-")
        self.numbers = itertools.count(1)
        self.socket = None
        self.events = []  # Console messages and exceptions of the pages.
        command = ["/usr/bin/chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                   "--disable-background-networking", "--disable-component-update",
                   "--no-proxy-server", "--hide-scrollbars",
                   "--user-data-dir=" + os.path.join(self.folder, "profile"),
                   "--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank"]
        environment = {**os.environ, "HOME": self.folder}
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _connect(self):
        port_file = os.path.join(self.folder, "profile", "DevToolsActivePort")
        port = self.until(lambda: self._port(port_file), "Chromium did not start")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        targets = self.until(
            lambda: [one for one in json.load(opener.open(f"http://127.0.0.1:{port}/json"))
                     if one["type"] == "page"], "Chromium has no tab")
        self.socket = websocket.create_connection(
            targets[0]["webSocketDebuggerUrl"], timeout=PATIENCE, http_no_proxy=["127.0.0.1"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.resize(*self.size)

    def _port(self, file):
        if self.process.poll() is not None:
            raise RuntimeError("Chromium ended: " + open(self.log.name, errors="replace").read())
        if not os.path.exists(file):
            return None
        with open(file) as port:
            lines = port.read().split("\n")
        return lines[0] if len(lines) > 1 else None

    def close(self):
        if self.socket:
            self.socket.close()
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def until(look, what, patience=PATIENCE):
        """What `look` gives once it is something."""
        end = time.monotonic() + patience
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError("waited in vain: " + what)
            time.sleep(0.05)

    def call(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:  # Ends with the answer, or the socket's time-out.
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            if message.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled",
                                         "Page.javascriptDialogOpening", "Log.entryAdded",
                                         "Network.requestWillBeSent"):
                self.events.append(message)

    def run(self, script):
        """The value of a JavaScript expression; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:2000])
        return result["result"].get("value")

    def open(self, address):
        self.call("Page.navigate", url=address)

    def text(self):
        return self.run("document.body ? document.body.innerText : ''") or ""

    def wait_for(self, script, patience=PATIENCE):
        """Waits until the expression is true."""
        return self.until(lambda: self.run(f"!!({script})"), script, patience)

    def wait_text(self, text, patience=PATIENCE):
        try:
            return self.until(lambda: text in self.text(), f"the page shows {text!r}", patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows: {self.text()[:1500]}") from None

    def click(self, selector_or_text):
        """By CSS selector, or 'text=…' for a link or button that says so."""
        if selector_or_text.startswith("text="):
            wanted = json.dumps(selector_or_text[5:])
            find = ("[...document.querySelectorAll('a, button, summary')]"
                    f".filter(e => e.innerText.trim().startsWith({wanted})).at(-1)")
        else:
            find = f"document.querySelector({json.dumps(selector_or_text)})"
        self.until(lambda: self.run(f"(() => {{ const e = {find}; if (!e) return false; e.click(); return true; }})()"),
                   selector_or_text)

    def resize(self, width, height):
        self.size = (width, height)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)

    def dark(self, wanted):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}])

    def screenshot(self, file, whole=False):
        """As the window shows it, or with all that one can scroll to."""
        width, height = self.size
        if whole:
            self.resize(width, min(int(self.call("Page.getLayoutMetrics")["cssContentSize"]["height"]), 3000))
        data = self.call("Page.captureScreenshot", format="png")["data"]
        self.resize(width, height)
        with open(file, "wb") as out:
            out.write(base64.b64decode(data))

    def complaints(self):
        """What the browser held against the pages: exceptions, refused loads, alerts."""
        bad = []
        for event in self.events:
            kind, values = event["method"], event["params"]
            if kind in ("Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
                bad.append(event)
            elif kind == "Log.entryAdded" and values["entry"]["source"] == "security":
                bad.append(event)
            elif kind == "Runtime.consoleAPICalled" and values["type"] == "error":
                bad.append(event)
        return bad
