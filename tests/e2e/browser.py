"""A headless Chromium, by its DevTools protocol over a pair of pipes (no port, no other library).

b = Browser(); b.open("page.html", width=390, dark=True); b.js("1 + 1"); b.troubles; b.close()"""
import json
import os
import shutil
import subprocess
import tempfile

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LATE_S = 60


class Browser:
    def __init__(self):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        self.folder = tempfile.mkdtemp()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                 "--remote-debugging-pipe", "--user-data-dir=" + self.folder, "about:blank"]
        # The browser reads from descriptor 3 and writes to 4.
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self.process = subprocess.Popen(["bash", "-c", command, PROGRAM, *flags], pass_fds=(to_read, to_write),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.session, self.events, self.troubles = b"", 0, None, [], []
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def message(self):
        while b"\0" not in self.buffer:
            part = os.read(self.back, 1 << 16)
            if not part:
                raise SystemExit("FAIL the browser has ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def event(self, m):
        name, p = m.get("method"), m.get("params", {})
        if name in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.troubles.append(json.dumps(p)[:500])
        if name == "Network.requestWillBeSent" and not p["request"]["url"].startswith(("file:", "data:")):
            self.troubles.append("fetches " + p["request"]["url"])
        self.events.append(name)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while True:
            m = self.message()
            if m.get("id") == request["id"]:
                if "error" in m:
                    raise SystemExit(f"FAIL {method}: {m['error']}")
                return m["result"]
            self.event(m)

    def open(self, path, width=1280, dark=False):
        """Loads a page, and waits until it stands still."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while "Page.loadEventFired" not in self.events:
            self.event(self.message())
        self.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))")

    def js(self, expression):
        """The value of an expression, or of what it promises."""
        r = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in r:
            raise SystemExit(f"FAIL in the page: {expression[:200]}: {json.dumps(r['exceptionDetails'])[:800]}")
        return r["result"].get("value")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def close(self):
        self.process.terminate()
        self.process.wait(LATE_S)
        shutil.rmtree(self.folder, ignore_errors=True)
