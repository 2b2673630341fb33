"""How soon the page is there: `python benchmarks/page.py`.

Chromium opens this lab's page and an empty Blocks page, of the same theme with its local fonts, in
turns, each in a fresh context without cache. First paint is the browser's own
first-contentful-paint; interactive is when the first button of the page can be clicked; the
payload is what came over the wire. Medians of the turns.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import gradio as gr  # noqa: E402
from page_server import chromium, page_of  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

from multimodal.lab import Lab  # noqa: E402
from multimodal.ui.shell.theme import theme  # noqa: E402

REST = 1.5  # seconds for what still comes after the first button
ASKED = {"first paint": 0.5, "interactive": 1.5}  # seconds beyond the empty page's
PAINT = """
() => new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (entry.name === "first-contentful-paint") done(entry.startTime / 1000);
}).observe({ type: "paint", buffered: true }))
"""


def empty() -> gr.Blocks:
    """A page with one button."""
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Button("Go", elem_id="clip-score")
    return demo


def opened(browser: Browser, address: str) -> tuple[float, float, float]:
    """Seconds to the first paint and until the button can be clicked; kilobytes received."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    received = [0.0]
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.on(
        "Network.loadingFinished",
        lambda event: received.append(event["encodedDataLength"] / 1000),
    )
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("#clip-score").click(trial=True)
    interactive = time.perf_counter() - began
    painted = page.evaluate(PAINT)
    page.wait_for_timeout(1000 * REST)  # the heartbeat of a page never ends
    context.close()
    return painted, interactive, sum(received)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    plain = empty()
    plain.launch(theme=theme(), prevent_thread_lock=True, quiet=True, ssr_mode=False)
    rows: dict[str, list[tuple[float, float, float]]] = {"an empty Blocks page": [], "this lab": []}
    with page_of(Lab.load("embedded", "cpu")) as address, chromium() as browser:
        pages = dict(zip(rows, (plain.local_url, f"{address}?lang=en"), strict=True))
        for turn in range(runs + 1):  # the first one warms the servers up
            for name, url in pages.items():
                found = opened(browser, url)
                if turn:
                    rows[name].append(found)
    plain.close()
    print("| page | first paint, s | interactive, s | payload, kB |\n|---|---|---|---|")
    middle = {
        name: [median(column) for column in zip(*turns, strict=True)]
        for name, turns in rows.items()
    }
    for name, (painted, interactive, payload) in middle.items():
        print(f"| {name} | {painted:.2f} | {interactive:.2f} | {payload:,.0f} |")
    base, ours = middle.values()
    for place, (what, most) in enumerate(ASKED.items()):
        more = ours[place] - base[place]
        word = "reached" if more <= most else "MISSED"
        print(f"{what}: {more:+.2f} s of the empty page's (asked: at most +{most}; {word})")


if __name__ == "__main__":
    main()
