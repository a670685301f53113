"""The page in a headless Chromium: it shows, turns and measures, without a network or an error.

Needs Chromium and its driver (Debian: chromium, chromium-driver) and the extra ``browser``.
"""

import base64
import io
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, graphene, molecule
from ase.geometry import get_distances
from PIL import Image

from ionsmith.cli.main import main
from ionsmith.crystals.files import read_structure

pytestmark = pytest.mark.browser

PICTURE = Path(__file__).parents[2] / ".github" / "view.png"
WIDE, COMMON, NARROW = (1360, 1740), (900, 800), (500, 900)
WAIT = 60


def browser(*arguments: str) -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium") or shutil.which("google-chrome"))
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        f"--window-size={WIDE[0]},{WIDE[1]}",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    driver = browser("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the structures and their page."""
    folder = tmp_path_factory.mktemp("a folder")
    names = [str(folder / name) for name in ("open.extxyz", "closed.extxyz", "page.html")]
    for words in (
        ["build", "beta-alumina", "-o", names[0]],
        ["build", "closure", names[0], "--planes", "1", "-o", names[1]],
        ["view", *names[:2], "--powder", "-o", names[2]],
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
    return folder


def visit(driver: Any, page: Path, size: tuple[int, int] = COMMON) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    driver.set_window_size(*size)
    driver.get_log("browser"), driver.get_log("performance")
    driver.get(page.as_uri())
    state = "return document.documentElement.dataset.ready"
    assert WebDriverWait(driver, WAIT).until(lambda d: d.execute_script(state)) == "yes"


def settle(driver: Any) -> None:
    """Wait until what was asked for is drawn."""
    driver.execute_async_script(
        "const done = arguments[0]; ionsmith.drawn().then(() => setTimeout(done, 200))"
    )


def pixels(view: Any) -> np.ndarray:
    """What is drawn in a view, on white, shape (height, width, 3)."""
    drawn = view.parent.execute_script(
        "return arguments[0].querySelector('canvas').toDataURL()", view
    )
    picture = Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"), float)


def views(driver: Any) -> list[Any]:
    found: list[Any] = driver.find_elements("css selector", ".view")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
    return found


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Part of the pixels that differ clearly."""
    return float((np.abs(first - second).max(axis=2) > 40).mean())


def test_shows_both_structures_and_loads_nothing(chromium: Any, pages: Path) -> None:
    visit(chromium, pages / "page.html")
    for view in views(chromium):
        seen = pixels(view)
        background = np.abs(seen - seen[2, 2]).max(axis=2) < 8
        assert 0.1 < 1 - background.mean() < 0.8
        # O is dark red, the octahedra have the grey blue of Al: both are there.
        red, green, blue = np.moveaxis(seen, 2, 0)
        assert ((red > 110) & (2 * green < red) & (2 * blue < red)).mean() > 0.002
        assert ((green > red + 10) & (blue > green + 5)).mean() > 0.02
    said = [entry for entry in chromium.get_log("browser") if entry["level"] != "INFO"]
    assert said == []
    messages = (
        json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")
    )
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
    assert [url for url in asked if url.startswith("file:")] == [(pages / "page.html").as_uri()]


def test_corner_to_edge_is_in_the_table(chromium: Any, pages: Path) -> None:
    visit(chromium, pages / "page.html")
    section = chromium.find_element("id", "comparison")
    rows = [
        [cell.text for cell in row.find_elements("css selector", "td")]
        for row in section.find_elements("css selector", "tbody tr")
    ]
    assert ["AlO4-AlO4", "corner", "→", "AlO4-AlO4", "edge", "1"] in rows
    assert chromium.find_elements("css selector", "#coordination tbody tr")
    picture = chromium.find_element("css selector", "#powder img")
    assert picture.get_property("naturalWidth") > 500


def test_turns_by_mouse_and_keys(chromium: Any, pages: Path) -> None:
    from selenium.webdriver import ActionChains, Keys

    visit(chromium, pages / "page.html")
    first, second = views(chromium)
    before = pixels(first), pixels(second)
    ActionChains(chromium).drag_and_drop_by_offset(first, 90, 10).perform()
    settle(chromium)
    assert difference(before[0], pixels(first)) > 0.05
    assert difference(before[1], pixels(second)) > 0.05  # they turn together
    first.send_keys(Keys.HOME)
    settle(chromium)
    assert difference(before[0], pixels(first)) < 0.001
    for _ in range(4):
        first.send_keys(Keys.ARROW_RIGHT)
    settle(chromium)
    turned = pixels(first)
    assert difference(before[0], turned) > 0.05
    for _ in range(4):
        first.send_keys(Keys.ARROW_LEFT)
    settle(chromium)
    assert difference(before[0], pixels(first)) < 0.01


def test_distances_of_numbered_atoms(chromium: Any, pages: Path) -> None:
    """Those that ASE finds between nearest images."""
    visit(chromium, pages / "page.html")
    atoms = read_structure(str(pages / "open.extxyz"))
    form = chromium.find_element("css selector", "form.tools")
    for one, other in ((0, 1), (3, 60), (88, 12), (40, 85)):
        for name, value in (("from", one), ("to", other)):
            field = form.find_element("name", name)
            field.clear()
            field.send_keys(str(value))
        form.find_element("name", "measure").click()
        settle(chromium)
        expected = atoms.get_distance(one, other, mic=True)
        symbols = atoms.get_chemical_symbols()
        said = chromium.find_element("css selector", ".measured").text
        assert said == f"{symbols[one]}{one} – {symbols[other]}{other} {expected:.3f} Å"
    form.find_element("name", "from").send_keys("999")
    form.find_element("name", "measure").click()
    settle(chromium)
    assert "from 0 to 88" in chromium.find_element("css selector", ".measured").text


def test_distance_by_clicks(chromium: Any, pages: Path) -> None:
    """Clicks on two atoms: a distance that the crystal has."""
    from selenium.webdriver import ActionChains

    visit(chromium, pages / "page.html")
    atoms = read_structure(str(pages / "open.extxyz"))
    view = views(chromium)[0]
    # The two nearest of the atoms in front, as the page sees them.
    places = chromium.execute_script(
        "const v = ionsmith.views[0]; return v.here.map((n) => [v.project(v.at(n)), n])"
        ".sort((a, b) => a[0].depth - b[0].depth).slice(0, 2).map(([p]) => [p.x, p.y])"
    )
    for x, y in places:
        corner = x - view.size["width"] / 2, y - view.size["height"] / 2
        ActionChains(chromium).move_to_element_with_offset(
            view, *map(round, corner)
        ).click().perform()
        settle(chromium)
    names, length, unit = chromium.find_element("css selector", ".measured").text.rsplit(" ", 2)
    assert unit == "Å"
    one, other = (int(name.strip("AlMgNaO")) for name in names.split(" – "))
    shifts = np.array(list(itertools.product(range(-3, 4), repeat=3))) @ atoms.cell.array
    _, far = get_distances(atoms.positions[one], atoms.positions[other] + shifts)
    assert np.abs(far - float(length)).min() < 0.001
    label = chromium.find_element("css selector", ".label")
    assert label.text == f"{length} Å"
    on_top = (
        "const l = arguments[0], r = l.getBoundingClientRect(); l.style.pointerEvents = 'auto';"
        "return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === l"
    )
    assert chromium.execute_script(on_top, label)


def drawn(driver: Any) -> int:
    count: int = driver.execute_script("return ionsmith.views[0].here.length")
    return count


def test_what_is_shown_can_be_chosen(chromium: Any, pages: Path) -> None:
    visit(chromium, pages / "page.html")
    view = views(chromium)[0]
    for name in ("bonds", "polyhedra", "cell", "changed"):
        before = pixels(view)
        chromium.find_element("name", name).click()
        settle(chromium)
        assert difference(before, pixels(view)) > 0.0005, name
    atoms = read_structure(str(pages / "open.extxyz"))
    for axis in range(3):
        field = chromium.find_element("name", f"repeat{axis}")
        field.clear()
        field.send_keys("1", "\t")
    settle(chromium)
    single = drawn(chromium)
    assert len(atoms) <= single < 2 * len(atoms)
    chromium.find_element("css selector", ".legend label").click()  # one element goes
    settle(chromium)
    assert drawn(chromium) < single


def test_picture_is_saved_with_a_true_legend(chromium: Any, pages: Path) -> None:
    """What is hidden is neither in the legend nor in the picture that is saved."""
    visit(chromium, pages / "page.html")
    shown = "return ionsmith.views[0].shownNow().map((entry) => entry[0])"
    assert {"Na", "AlO6 (21)", "changed"} <= set(chromium.execute_script(shown))
    for name in ("polyhedra", "changed"):
        chromium.find_element("css selector", f"input[name={name}]").click()
    settle(chromium)
    assert chromium.execute_script(shown) == ["O", "Na", "Mg", "Al"]
    chromium.execute_script(
        "HTMLAnchorElement.prototype.click = function () "
        "{ window.saved = [this.download, this.href]; }"
    )
    chromium.find_element("css selector", "button[name=save]").click()
    settle(chromium)
    name, data = chromium.execute_script("return window.saved")
    assert name.endswith(".png")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))), float)
    height, width = picture.shape[:2]
    assert width > 1.5 * views(chromium)[0].size["width"]  # both structures
    sodium = np.abs(picture[:, :, :3] - (0xE8, 0xC5, 0x47)).max(axis=2) < 12
    assert sodium[int(0.9 * height) :].any()  # its entry in the legend


def test_rings_leave_the_colour_of_changed_atoms(chromium: Any, pages: Path) -> None:
    visit(chromium, pages / "page.html")
    chromium.find_element("css selector", "input[name=polyhedra]").click()
    settle(chromium)
    seen = []
    for _ in range(2):
        picture = pixels(views(chromium)[0])
        seen.append((np.abs(picture - (0xE8, 0xC5, 0x47)).max(axis=2) < 60).sum())
        chromium.find_element("css selector", "input[name=changed]").click()
        settle(chromium)
    marked, plain = seen
    assert marked > 0.6 * plain


def test_parts_have_colours_and_can_be_hidden(chromium: Any, pages: Path, tmp_path: Path) -> None:
    visit(chromium, pages / "page.html")
    assert not chromium.find_element("name", "parts").is_displayed()
    shell = bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat(3)
    shell.pbc = False
    away = np.linalg.norm(shell.positions - shell.positions.mean(axis=0), axis=1)
    shell.set_array("part", np.where(away < 5, "core", "shell"))
    shell.write(tmp_path / "shell.extxyz")
    with pytest.raises(SystemExit) as ended:
        main(["view", str(tmp_path / "shell.extxyz"), "-o", str(tmp_path / "page.html")])
    assert ended.value.code == 0
    visit(chromium, tmp_path / "page.html")
    view = views(chromium)[0]

    def share(colour: tuple[int, int, int]) -> float:
        """Share of pixels of a hue."""
        seen, wanted = pixels(view) + 1, np.array(colour) + 1
        cosine = (seen @ wanted) / np.linalg.norm(seen, axis=2) / np.linalg.norm(wanted)
        return float((cosine > 0.999).mean())

    orange = (0xD9, 0x63, 0x1E)
    assert share(orange) < 0.001
    chromium.find_element("name", "parts").click()
    settle(chromium)
    assert share(orange) > 0.02
    (label,) = (
        label
        for label in chromium.find_elements("css selector", ".legend label")
        if label.text == "shell"
    )
    label.click()
    settle(chromium)
    assert drawn(chromium) == (away < 5).sum()
    assert share(orange) < 0.001
    assert [entry for entry in chromium.get_log("browser") if entry["level"] != "INFO"] == []


def test_narrow_windows_are_not_scrolled_sideways(chromium: Any, pages: Path) -> None:
    visit(chromium, pages / "page.html", NARROW)
    width, room = chromium.execute_script(
        "const d = document.documentElement; return [d.scrollWidth, d.clientWidth]"
    )
    assert width <= room


STRUCTURES: dict[str, Callable[[], Atoms]] = {
    "molecule": lambda: molecule("C6H6"),
    "layer": lambda: graphene(size=(3, 3, 1)),
    "ten thousand atoms": lambda: bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat((11, 11, 10)),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_other_structures(name: str, chromium: Any, tmp_path: Path) -> None:
    atoms = STRUCTURES[name]()
    atoms.write(tmp_path / "some.extxyz")
    with pytest.raises(SystemExit) as ended:
        main(["view", str(tmp_path / "some.extxyz"), "-o", str(tmp_path / "page.html")])
    assert ended.value.code == 0
    visit(chromium, tmp_path / "page.html")
    seen = pixels(views(chromium)[0])
    background = np.abs(seen - seen[2, 2]).max(axis=2) < 8
    assert 0.02 < 1 - background.mean() < 0.9
    assert [entry for entry in chromium.get_log("browser") if entry["level"] != "INFO"] == []


def test_without_webgl_the_tables_are_there(pages: Path) -> None:
    driver = browser("--disable-3d-apis")
    try:
        driver.get((pages / "page.html").as_uri())
        from selenium.webdriver.support.ui import WebDriverWait

        state = "return document.documentElement.dataset.ready"
        assert WebDriverWait(driver, WAIT).until(lambda d: d.execute_script(state)) == "failed"
        said = [view.text for view in views(driver)]
        assert all("The tables are complete" in text for text in said)
        assert driver.find_element("css selector", "#comparison table").is_displayed()
    finally:
        driver.quit()


def test_picture_of_the_readme(chromium: Any, pages: Path, tmp_path: Path) -> None:
    """The README shows what the page looks like now."""
    visit(chromium, pages / "page.html", WIDE)
    settle(chromium)
    target = tmp_path / "view.png"
    chromium.save_screenshot(str(target))
    assert PICTURE.exists(), f"copy {target} to {PICTURE}"
    now, shown = (
        np.asarray(Image.open(path).convert("L").resize((170, 150)), float)
        for path in (target, PICTURE)
    )
    assert np.abs(now - shown).mean() < 10, f"the page has changed: copy {target} to {PICTURE}"
