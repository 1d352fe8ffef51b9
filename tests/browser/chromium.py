"""A real Chromium, one for all tests of a module, and what a person would look at in it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def why_none() -> str:
    """Why there is no browser here; empty where there is one. Nothing is downloaded for it."""
    if importlib.util.find_spec("selenium") is None:
        return "selenium is not installed: pip install 'sockbench[browser]'"
    if _browser() is None or shutil.which("chromedriver") is None:
        return "no Chromium with its driver is installed: apt-get install chromium chromium-driver"
    return ""


def _browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


class Chromium:
    """A window of the browser."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def open(self, path: Path, *, width: int = 1280, scheme: str = "light", media: str = "") -> None:
        """The page, at this width and in this colour scheme; what was logged before is forgotten."""
        self.look(width=width, scheme=scheme, media=media)
        self.complaints()
        self.requests()
        self._driver.get(path.as_uri())

    def look(self, *, width: int = 1280, scheme: str = "light", media: str = "") -> None:
        """Another width, scheme or medium, after which the page has drawn itself."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [feature]})
        self.settle()

    def settle(self) -> None:
        """Two frames later: events and observers of the first have done what they do."""
        self._driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));"
        )

    def ask(self, script: str, *arguments: object) -> Any:
        """What a piece of JavaScript returns."""
        return self._driver.execute_script(script, *arguments)

    def click(self, selector: str, number: int = 0) -> None:
        """Click on what a person sees there."""
        element = self._driver.find_elements("css selector", selector)[number]
        self.ask("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.settle()

    def point(self, selector: str, share: float) -> None:
        """Move the pointer over an element, to this share of its width."""
        from selenium.webdriver.common.action_chains import ActionChains

        element = self._driver.find_element("css selector", selector)
        self.ask("arguments[0].scrollIntoView({block: 'center'})", element)
        aside = int(element.size["width"] * (share - 0.5))
        ActionChains(self._driver).move_to_element_with_offset(element, aside, 0).perform()
        self.settle()

    def pixels(self, chart: str) -> dict[str, int]:
        """How many pixels of each colour (`#rrggbb`, whole ones) the canvas of a chart has."""
        found: dict[str, int] = self.ask(
            """
            const canvas = document.querySelector("#chart-" + arguments[0] + " canvas");
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, found = {};
            for (let at = 0; at < data.length; at += 4) {
              if (data[at + 3] < 250) continue;
              const name = "#" + [0, 1, 2].map(i => data[at + i].toString(16).padStart(2, "0")).join("");
              found[name] = (found[name] || 0) + 1;
            }
            return found;
            """,
            chart,
        )
        return found

    def complaints(self) -> list[str]:
        """What stands in the console, but for the advice on how `pixels` might read faster."""
        messages = [str(entry["message"]) for entry in self._driver.get_log("browser")]
        return [message for message in messages if "willReadFrequently" not in message]

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        events = (json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def printed(self) -> str:
        """The page as a PDF, in base64."""
        text: str = self._driver.execute_cdp_cmd("Page.printToPDF", {})["data"]
        return text


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser without a screen, ended with the block."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.binary_location = _browser() or ""
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.execute_cdp_cmd("Network.enable", {})
        yield Chromium(driver)
    finally:
        driver.quit()
