"""A real browser, driven over the DevTools protocol through a pipe: no driver has to be installed for it.

Needs Chromium or Chrome on the machine; BROWSER is None without one.
"""

import base64
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_PATIENCE = 60.0
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--remote-debugging-pipe", "--force-device-scale-factor=1")  # fmt: skip


class Gone(Exception):
    """The browser could not do it, such as in a page that was just left."""


@dataclass
class Tab:
    """One page of the browser.

    Attributes
    ----------
    errors : what the page's console complained of
    requests : every address asked for
    """

    send: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def resize(self, width: int, height: int = 900) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address: str) -> None:
        self.leave(lambda: self.send("Page.navigate", url=address))

    def submit(self, script: str) -> None:
        """Run what leads to another page, and wait for it."""
        self.leave(lambda: self.run(f"setTimeout(() => {{ {script} }}, 0); 0"))

    def leave(self, act: Callable[[], Any]) -> None:
        """Do something that leads to another page; returns when that is loaded, so that nothing is asked of the old."""
        self.run("window.leaving = true")
        act()
        deadline = time.monotonic() + _PATIENCE
        while not self._arrived():
            assert time.monotonic() < deadline, "the page did not load"
            time.sleep(0.02)

    def _arrived(self) -> bool:
        try:
            return bool(self.run("!window.leaving && document.readyState === 'complete'"))
        except Gone:
            return False

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """One key, down and up."""
        told = {"key": key, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **told)
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def tall(self) -> int:
        return int(self.run("document.documentElement.scrollHeight"))

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])


class Chromium:
    """The process; tabs share nothing but it."""

    def __init__(self, profile: Path) -> None:
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, str(BROWSER), *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._told: Queue[dict[str, Any]] = Queue()
        self._tabs: dict[str, Tab] = {}
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def tab(self) -> Tab:
        """A new page without cookies of others."""
        context = self._send("Target.createBrowserContext")["browserContextId"]
        target = self._send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(lambda method, **given: self._send(method, session, **given))
        self._tabs[session] = tab
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.send(f"{domain}.enable")
        return tab

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._to)

    def _send(self, method: str, session: str = "", **given: Any) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": given, **({"sessionId": session} if session else {})}
        os.write(self._to, json.dumps(told).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = self._told.get(timeout=max(0.1, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(f"the browser did not answer {method}") from None
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Gone(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        tab, given = self._tabs.get(event.get("sessionId", "")), event.get("params", {})
        if tab is None:
            return
        match event.get("method"):
            case "Network.requestWillBeSent":
                tab.requests.append(given["request"]["url"])
            case "Log.entryAdded" if given["entry"]["level"] in ("error", "warning"):
                tab.errors.append(given["entry"]["text"])
            case "Runtime.exceptionThrown":
                tab.errors.append(given["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled" if given["type"] in ("error", "warning", "assert"):
                tab.errors.append(str(given["args"]))

    def _listen(self) -> None:
        kept = b""
        while chunk := os.read(self._from, 1 << 16):
            *whole, kept = (kept + chunk).split(b"\0")
            for one in whole:
                self._told.put(json.loads(one))
        os.close(self._from)


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """A browser with a profile of its own, ended with the block."""
    browser = Chromium(folder / "profile")
    try:
        yield browser
    finally:
        browser.close()
