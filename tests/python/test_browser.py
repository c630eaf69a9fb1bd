"""The page of the report in a browser: wide and narrow, light and dark. Chromium measures what it shows.

Nothing may stick out, no text may be smaller than 9 pixels, and no two texts of a picture may lie on each other. With
GFORBIT_SCREENSHOTS=FOLDER in the environment it also writes what it sees.
"""

import argparse
import base64
import json
import os
import pathlib

import gforbit
import pytest
from gforbit_report import columns, command, page
from selenium import webdriver

SMALLEST_TEXT = 9
SCREENS = [(width, scheme) for width in (390, 1400) for scheme in ("light", "dark")]

# Runs in the page; returns a list of faults.
MEASURE = """
const faults = [], width = document.documentElement.clientWidth;
const say = (what, node) => { if (faults.length < 20) faults.push(what + ": " + (node.textContent || node.tagName).trim().slice(0, 60)); };
if (document.documentElement.scrollWidth > width) faults.push("the page is wider than the screen");
const shown = node => node.getClientRects().length > 0;
const scale = node => { const m = node.getScreenCTM(); return Math.hypot(m.a, m.b); };
for (const node of document.querySelectorAll("body *")) {
  if (!shown(node) || node.closest("svg") && !["svg", "text", "tspan"].includes(node.tagName) || node.closest(".skip")) continue;
  const box = node.getBoundingClientRect();
  if (!node.closest(".scroll") && (box.right > width + 1 || box.left < -1)) say("sticks out of the screen", node);
  const own = [...node.childNodes].some(c => c.nodeType == 3 && c.textContent.trim());
  if (!own) continue;
  const size = parseFloat(getComputedStyle(node).fontSize) * (node.closest("svg") ? scale(node) : 1);
  if (size < SMALLEST) say("text of " + size.toFixed(1) + " px", node);
}
for (const node of document.querySelectorAll(".picture"))
  if (node.scrollWidth > node.clientWidth + 1) say("a picture is wider than its place", node.closest("figure"));
for (const svg of document.querySelectorAll(".picture svg")) {
  if (!shown(svg)) continue;
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(t => [t, t.getBoundingClientRect()]);
  for (const [node, box] of texts)
    if (box.left < frame.left - 3 || box.right > frame.right + 3 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
      say("cut off in '" + svg.closest("figure").querySelector("h4").textContent + "'", node);
  for (let i = 0; i < texts.length; ++i)
    for (let j = i + 1; j < texts.length; ++j) {
      const [one, a] = texts[i], [other, b] = texts[j];
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left), y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 2 && y > 0.35 * Math.min(a.height, b.height, a.width, b.width))
        say("'" + other.textContent + "' lies on another text in '" + svg.closest("figure").querySelector("h4").textContent + "'", one);
    }
}
return faults;
""".replace(
    "SMALLEST", str(SMALLEST_TEXT)
)


@pytest.fixture(scope="module")
def browser():
    driver = pathlib.Path("/usr/bin/chromedriver")
    if not driver.exists():
        pytest.skip("no chromedriver (Debian: chromium-driver)")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    started = webdriver.Chrome(service=webdriver.chrome.service.Service(str(driver)), options=options)
    started.set_page_load_timeout(60)
    started.set_script_timeout(60)
    yield started
    started.quit()


@pytest.fixture(scope="module")
def batch_file(gforbit_program, folder):
    """A thousand registers of all kinds."""
    forms = [
        lambda n: {"field": 2, "degree": 6 + n % 8, "feedback": f"x0 + x{1 + n % 5} + x2*x{3 + n % 3}"},
        lambda n: {"field": 2, "coefficients": [1] + [n >> i & 1 for i in range(6 + n % 20)]},
        lambda n: {"field": 3, "degree": 4 + n % 2, "feedback": f"x0 + x1*x2 + {n % 3}", "priority": "low"},
        lambda n: {"field": 2, "degree": 6 + n % 5, "feedback": f"x1*x2 + x{3 + n % 3}", "priority": "high"},
    ]
    lines = [json.dumps({"id": f"register {n} of the batch", **forms[n % 4](n)}) for n in range(1000)]
    batch, path = folder / "thousand.jsonl", folder / "thousand.h5"
    batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--output", path)
    return path


@pytest.fixture(scope="module")
def systems_file(gforbit_program, folder):
    """Systems of few and of many cells, and a network."""

    def rows(names, length):
        return [
            {"name": name, "length": length, "feedback": f"{name}0 + {names[n - 1]}{length // 2}"}
            for n, name in enumerate(names)
        ]

    network = [
        {
            "name": 2 * chr(97 + n),
            "length": 1,
            "feedback": f"{2 * chr(97 + (n + 1) % 16)}0 + {2 * chr(97 + n * n % 16)}0",
        }
        for n in range(16)
    ]
    galois = {"name": "g", "length": 20, "feedback": "g0 + g1*g7", "updates": {"4": "g5 + g2*g3", "15": "g16 + g1"}}
    systems = [rows("abcde", 3), rows("xy", 40), rows("r", 128), network, [galois]]
    lines = [json.dumps({"id": f"system {n}", "system": {"field": 2, "registers": s}}) for n, s in enumerate(systems)]
    batch, path = folder / "systems.jsonl", folder / "systems.h5"
    batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--output", path)
    return path


@pytest.fixture(scope="module")
def many_tests_file(gforbit_program, folder):
    """p-values of several pipelines."""
    tests = "(frequency | runs | block_frequency(m=128) | cumulative_sums | serial(m=8) | approximate_entropy(m=6))"
    register = "register(field=2, coefficients=1:0:0:1:0:0:0:0:0:0:0, length=5e4, state={})"
    lines = [
        json.dumps({"id": f"pipeline {n}", "pipeline": f"{register.format(n)} * window(2000) * {tests} * table(stats)"})
        for n in range(1, 41)
    ]
    pipelines, path = folder / "tests.jsonl", folder / "tests.h5"
    pipelines.write_text("\n".join(lines) + "\n", encoding="utf-8")
    gforbit_program(0, "stream", "--pipelines", pipelines, "--output", path)
    return path


@pytest.fixture(scope="module")
def many_tasks_file(gforbit_program, folder):
    """Ninety tasks of all shapes, with the ids that ARC has, and more candidates than are shown; long names too."""
    tasks = folder / "ninety"
    tasks.mkdir()
    for n in range(90):
        rows, columns = 1 + n % 30, 1 + n * 7 % 30
        grids = [[[(k + y * x * n) % 10 for x in range(columns)] for y in range(rows)] for k in range(3)]
        turned = [[list(row) for row in zip(*grid[::-1])] if n % 3 else grid[::-1] for grid in grids]
        pairs = [{"input": grid, "output": output} for grid, output in zip(grids, turned)]
        text = json.dumps({"train": pairs[:2], "test": pairs[2:]})
        (tasks / f"{n * 2654435761 % 2**32:08x}.json").write_text(text, encoding="utf-8")
    solvers = folder / "ninety-solvers.json"
    long = {"id": "a solver with a name that is much longer than there is room for", "builtin": "rotate_90"}
    solvers.write_text(json.dumps([{"id": "single", "enumerate": 1}, long]), encoding="utf-8")
    path = folder / "ninety.h5"
    arguments = ["--tasks", tasks, "--solvers", solvers, "--store-outputs"]
    gforbit_program(0, "scoring", *arguments, "--output", path)
    return path


@pytest.fixture(scope="module")
def pages(
    folder,
    small_file,
    cycles_file,
    batch_file,
    systems_file,
    scoring_file,
    many_tasks_file,
    stream_part_file,
    many_tests_file,
    runs,
):
    """A page about one file of each kind and some runs, and one about a large batch."""
    wanted = argparse.Namespace(registers=6, tasks=None, samples=12, sample_tasks=None)
    written = {}
    for name, files in (
        ("all", (small_file, cycles_file, scoring_file, stream_part_file, many_tests_file, *runs)),
        ("batch", (batch_file,)),
        ("systems", (systems_file,)),
        ("scoring", (many_tasks_file,)),
    ):
        results = [gforbit.open(f) for f in files]
        plots = {0: [f for p in PLOTS for f in columns.asked(results[0], *p)] if results[0].job == "cycles" else []}
        text = page.document(command.sections(results, wanted, plots), command.comparisons(results))
        written[name] = folder / f"{name}.html"
        written[name].write_text(text, encoding="utf-8")
    return written


PLOTS = [("registers", ["degree", "n_cycles"]), ("cycles", ["period"])]


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("name", ["all", "batch", "systems", "scoring"])
def test_everything_fits_and_can_be_read(browser, pages, name, width, scheme):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    preference = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [preference]})
    browser.get(pages[name].as_uri())
    if "GFORBIT_SCREENSHOTS" in os.environ:
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        target = pathlib.Path(os.environ["GFORBIT_SCREENSHOTS"]) / f"{name}-{width}-{scheme}.png"
        target.write_bytes(base64.b64decode(shot["data"]))
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 200) == (scheme == "dark")
    assert browser.execute_script(MEASURE) == []
