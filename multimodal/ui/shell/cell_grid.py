"""A grid of cells to point at: a line says what is in one, by mouse and by keyboard.

The grid has the class `map` and `data-columns`; each cell has `data-code`, `data-row`,
`data-column` and whatever else its line has a place for.
"""

from __future__ import annotations

from collections.abc import Sequence

from multimodal.ui.shell.language import both, isolated

#: Runs once; the grid's content changes below `element`. One cell is in the tab order, and the
#: arrow keys move on from it.
SCRIPT = """
const cellOf = (target) => target.closest && target.closest(".cells [data-code]");
const tell = (cell) => {
  const readout = element.querySelector(".readout");
  if (!cell || !readout) return;
  readout.classList.add("filled");
  readout.querySelectorAll("[data-slot]").forEach((slot) => {
    slot.textContent = cell.dataset[slot.dataset.slot];
  });
};
const buttons = () => [...element.querySelectorAll(".map [data-code]")];
const rove = (cell) => {
  element.querySelectorAll(".map [tabindex='0']").forEach((one) => { one.tabIndex = -1; });
  cell.tabIndex = 0;
};
// Not mouseover: a page that scrolls along with the keys moves cells under a mouse at rest.
element.addEventListener("mousemove", (event) => tell(cellOf(event.target)));
element.addEventListener("focusin", (event) => {
  const cell = cellOf(event.target);
  if (cell) { tell(cell); rove(cell); }
});
element.addEventListener("keydown", (event) => {
  const all = buttons(), place = all.indexOf(event.target);
  if (place < 0) return;
  const columns = Number(event.target.closest(".map").dataset.columns);
  const start = place - place % columns, step = { ArrowLeft: -1, ArrowRight: 1,
    ArrowUp: -columns, ArrowDown: columns, Home: start - place,
    End: start + columns - 1 - place }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const sideways = ["ArrowLeft", "ArrowRight"].includes(event.key);
  const next = all[place + step];
  if (next && !(sideways && next.dataset.row !== event.target.dataset.row)) next.focus();
});
"""


def readout(hint: str, told: str, names: Sequence[str]) -> str:
    """The line that says what is in the cell pointed at, and before that the hint (text keys);
    the script fills the places `names` from the cell's data."""
    line = both(told, **{name: name for name in names})
    for name in names:
        line = line.replace(isolated(name), f'<bdi dir="ltr" data-slot="{name}"></bdi>')
    return (
        f'<p class="readout"><span class="hint">{both(hint)}</span>'
        f'<span class="told">{line}</span></p>'
    )
