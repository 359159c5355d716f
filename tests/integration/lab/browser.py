"""A real Chromium, driven by Selenium: a profile of its own that trusts a CA's root as a person would make it (NSS), everything it does on record."""
import base64
import json
import os
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.virtual_authenticator import Protocol, Transport, VirtualAuthenticatorOptions
from selenium.webdriver.support.ui import Select

from .paths import shared_directory
from .process import run
from .waiting import wait_until

WIDE, PHONE = (1280, 900), (360, 740)
_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
          "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--hide-scrollbars"]


class Browser:
    """One person at one device: cookies, IndexedDB and downloads last as long as the object."""

    def __init__(self, root_pem, *, language="en", size=WIDE, dark=False):
        self.home = Path(tempfile.mkdtemp(prefix="xica-browser-"))
        self.downloads = self.home / "downloads"
        self.downloads.mkdir()
        self._trust(root_pem)
        options = Options()
        options.binary_location = shutil.which("chromium")
        for flag in (*_FLAGS, f"--user-data-dir={self.home / 'profile'}", f"--lang={language}", f"--window-size={size[0]},{size[1]}",
                     *(["--force-dark-mode", "--enable-features=WebContentsForceDark:inversion_method/none"] if dark else [])):
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"intl.accept_languages": language, "download.default_directory": str(self.downloads),
                                                  "download.prompt_for_download": False})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        environment = dict(os.environ, HOME=str(self.home))
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver"), env=environment))
        self.driver.set_page_load_timeout(30)
        self._events = []
        self._console = []
        if dark:
            self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        if size == PHONE:
            self.cdp("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=2, mobile=True)

    def _trust(self, root_pem):
        database = self.home / ".pki" / "nssdb"
        database.mkdir(parents=True)
        run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], quiet=True)
        run(["certutil", "-A", "-d", f"sql:{database}", "-n", "the CA's root", "-t", "C,,", "-i", root_pem], quiet=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def cdp(self, command, **parameters):
        """A command of the Chrome DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    # --- finding and doing

    def open(self, url):
        self.driver.get(url)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def find(self, css, timeout=20):
        """The first element that is shown."""
        return wait_until(lambda: next((e for e in self.all(css) if _shown(e)), None), timeout, f"{css} at {self.driver.current_url}")

    def gone(self, css, timeout=20):
        wait_until(lambda: not any(_shown(e) for e in self.all(css)), timeout, f"no {css}")

    def click(self, css, timeout=20):
        element = self.find(css, timeout)
        wait_until(element.is_enabled, timeout, f"{css} is enabled")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def fill(self, css, text):
        element = self.find(css)
        element.clear()
        element.send_keys(text)
        return element

    def choose(self, css, value):
        Select(self.find(css)).select_by_value(value)

    def press(self, css, key=Keys.ENTER):
        self.find(css).send_keys(key)

    def text(self, css="body", timeout=20):
        return self.find(css, timeout).text

    def wait_for_text(self, text, css="main", timeout=20):
        wait_until(lambda: text in self.find(css, timeout).text, timeout, f"{text!r} in {css}: {self.text(css)[:1500]!r}")

    def wait_for_page(self, path, timeout=20):
        wait_until(lambda: self.path() == path, timeout, f"the page {path}, not {self.driver.current_url}")

    def path(self):
        return self.script("return location.pathname")

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def awaited(self, code, *arguments):
        """The value of an async function's body."""
        wrapped = "const done = arguments[arguments.length - 1]; (async (...given) => { %s })(...arguments).then(v => done([v]), e => done(['', String(e)]))" % code
        answer = self.driver.execute_async_script(wrapped, *arguments)
        assert len(answer) == 1, answer[1]
        return answer[0]

    def downloaded(self, pattern, timeout=20):
        """The one file of that name that was downloaded. While it is on its way, Chromium keeps its place by an empty one."""
        return wait_until(lambda: next((f for f in self.downloads.glob(pattern) if not f.name.endswith(".crdownload") and f.stat().st_size), None), timeout,
                          f"{pattern} among {[f.name for f in self.downloads.iterdir()]}")

    # --- looking

    def screenshot(self, name):
        """The whole page as tests/output/screenshots/NAME.png."""
        folder = screenshots()
        height = self.script("return Math.max(document.documentElement.scrollHeight, innerHeight)")
        width = self.script("return innerWidth")
        picture = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, optimizeForSpeed=True, clip={"x": 0, "y": 0, "width": width, "height": min(height, 8000), "scale": 1})
        (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))

    def overflow(self):
        """Elements that stick out of the page's width."""
        return self.script("""
            const wide = document.documentElement.clientWidth;
            return [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > wide + 1
                && !e.closest('pre, .scroll, table')).map(e => e.outerHTML.slice(0, 120));""")

    # --- on record

    def _collect(self):
        self._events += [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        self._console += self.driver.get_log("browser")

    def console_errors(self):
        """What the console complained about so far, but for answers of the site that a page asked for and understands (401, 404, 422 …)."""
        self._collect()
        return [entry["message"] for entry in self._console if entry["level"] in ("SEVERE", "WARNING") and "Failed to load resource" not in entry["message"]]

    def requests(self):
        """Every URL that a page asked for, other than its own data."""
        return list(self._asked().values())

    def _asked(self):
        self._collect()
        sent = [event["params"] for event in self._events if event["method"] == "Network.requestWillBeSent"]
        return {asked["requestId"]: asked["request"]["url"] for asked in sent if not asked["request"]["url"].startswith(("chrome:", "data:", "blob:"))}

    def transferred(self):
        """Bytes that came over the network so far."""
        asked = self._asked()
        return sum(event["params"]["encodedDataLength"] for event in self._events
                   if event["method"] == "Network.loadingFinished" and event["params"]["requestId"] in asked)

    def forget_record(self):
        self._collect()
        self._events, self._console = [], []

    # --- passkeys

    def add_authenticator(self):
        """A virtual device that holds passkeys and always finds its owner present and verified."""
        options = VirtualAuthenticatorOptions()
        options.protocol, options.transport = Protocol.CTAP2, Transport.INTERNAL
        options.has_resident_key = options.has_user_verification = options.is_user_verified = options.is_user_consenting = True
        self.driver.add_virtual_authenticator(options)


def _shown(element):
    try:
        return element.is_displayed()
    except Exception:  # pylint: disable=broad-except  (the page has thrown it away meanwhile)
        return False


_folder = []


def screenshots():
    if not _folder:
        _folder.append(shared_directory("screenshots"))
    return _folder[0]
