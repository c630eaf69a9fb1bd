"""A system of registers: the cells of each register and which functions read them, or a network of single cells."""

import dataclasses
import json
import math
import re

from matplotlib.patches import FancyArrowPatch, Rectangle

from . import style

MOST_CELLS = 128
MOST_NODES = 40
NARROW = 40
"""Cells of a register that a narrow picture has space for."""
NUMBERED = 5
"""Each fifth cell has its number under it."""
CELL = re.compile(r"([A-Za-z_]+)(\d+)")


@dataclasses.dataclass
class Reads:
    """How the functions of one register read a cell: alone in a term, or as a factor of a product."""

    alone: bool = False
    in_product: bool = False


def system(result, row):
    """The diagram of a row of results/registers; None if it is no system, or one that is too large to be drawn."""
    register = result.registers.loc[row]
    if not register.feedback.startswith("{"):
        return None
    description = json.loads(register.feedback)
    registers = description["registers"]
    lengths = [r["length"] for r in registers]
    title = f"Register {register.id}: system over GF({register.field_order})"
    if max(lengths) == 1 and 2 < len(registers) <= MOST_NODES:
        return _network(registers, title)
    if len(registers) > len(style.SERIES) or max(lengths) > MOST_CELLS:
        return None
    return _rows(description, title)


def _functions(register):
    """All functions of a register, as texts."""
    return [register["feedback"], *register.get("updates", {}).values()]


def _functions_text(register):
    updates = [f"{register['name']}{cell} from {text}" for cell, text in register.get("updates", {}).items()]
    return style.short(register["feedback"], 120) + (f", and {style.short(', '.join(updates), 120)}" if updates else "")


def reads_of(registers):
    """(name, cell) -> {index of the reading register: Reads}."""
    found = {}
    for reader, register in enumerate(registers):
        for term in (t for f in _functions(register) for t in f.split("+")):
            factors = CELL.findall(term)
            for name, cell in factors:
                reads = found.setdefault((name, int(cell)), {}).setdefault(reader, Reads())
                reads.in_product |= len(factors) > 1
                reads.alone |= len(factors) == 1
    return found


def _rows(description, title):
    registers = description["registers"]
    longest = max(r["length"] for r in registers)
    wide = longest > NARROW
    reads = reads_of(registers)
    heights = [2.9 + 0.9 * len(_readers(reads, r)) for r in registers]
    inches = style.WIDE if wide else style.WIDTH
    span = longest + 6
    unit = inches / span
    figure = style.plt.figure(figsize=(inches, max(unit, 0.1) * sum(heights)))
    ax = figure.add_axes([0, 0, 1, 1])
    ax.set(xlim=(-4, longest + 2), ylim=(-sum(heights), 0), xlabel="", ylabel="")
    ax.axis("off")
    top = 0.0
    for index, (register, height) in enumerate(zip(registers, heights)):
        _draw_register(ax, register, index, reads, top, height)
        top -= height
    keys = [style.Key("dot", style.SERIES[i], f"read by {r['name']}") for i, r in enumerate(registers)]
    keys.append(style.Key("ring", style.INK, "factor of a product"))
    if any(r.get("updates") for r in registers):
        keys.append(style.Key("bar", style.INK, "cell with an update of its own"))
    texts = [f"{r['name']} ({style.count(r['length'], 'cell')}): {_functions_text(r)}" for r in registers]
    output = f" Output: {style.short(description['output'], 120)}." if description.get("output") else ""
    caption = "Cells of each register, the oldest one left. The new cell on the right is the feedback. "
    return style.finish(figure, title, caption + "; ".join(texts) + "." + output, keys, wide)


def _readers(reads, register):
    """Indices of the registers that read this one."""
    return sorted({i for c in range(register["length"]) for i in reads.get((register["name"], c), {})})


def _draw_register(ax, register, index, reads, top, height):
    name, length = register["name"], register["length"]
    low = top - height + 1.7
    color = style.SERIES[index]
    for cell in range(length):
        ax.add_patch(Rectangle((cell, low), 1, 0.9, facecolor="none", edgecolor=style.INK, linewidth=0.7))
    for cell in range(0, length, NUMBERED):
        ax.text(cell + 0.5, low - 0.35, str(cell), ha="center", va="top", fontsize=style.SMALL, color=style.MUTED)
    ax.text(-0.5, low + 0.45, style.plain(style.short(name, 6)), ha="right", va="center", fontsize=10, color=style.INK)
    ax.add_patch(
        FancyArrowPatch(
            (length + 1.7, low + 0.45), (length, low + 0.45), arrowstyle="-|>", mutation_scale=9, color=color,
            shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
    for cell in map(int, register.get("updates", {})):
        ax.plot([cell + 0.5] * 2, [low - 0.25, low], color=color, linewidth=2.4, solid_capstyle="butt")
    for track, reader in enumerate(_readers(reads, register)):
        y = low + 1.35 + 0.9 * track
        for cell in range(length):
            found = reads.get((name, cell), {}).get(reader)
            if found is None:
                continue
            face = style.SERIES[reader] if found.alone else style.SURFACE
            ax.plot([cell + 0.5], [y], "o", markersize=4, markerfacecolor=face, markeredgecolor=style.SERIES[reader])
            if found.in_product and found.alone:
                ax.plot(
                    [cell + 0.5], [y], "o", markersize=7, markerfacecolor="none", markeredgecolor=style.SERIES[reader]
                )


def _network(registers, title):
    names = [r["name"] for r in registers]
    angle = {name: math.pi / 2 - 2 * math.pi * i / len(names) for i, name in enumerate(names)}
    at = {name: (math.cos(a), math.sin(a)) for name, a in angle.items()}
    figure = style.plt.figure(figsize=(style.WIDTH, style.WIDTH))
    ax = figure.add_axes([0, 0, 1, 1])
    ax.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), xlabel="", ylabel="")
    ax.axis("off")
    links, rings = 0, False
    for register in registers:
        for source in sorted({n for f in _functions(register) for n, _ in CELL.findall(f)}):
            if source == register["name"]:
                rings = True
                ax.plot(
                    *[[v] for v in at[source]], "o", markersize=11, markerfacecolor="none", markeredgecolor=style.INK
                )
                continue
            links += 1
            ax.add_patch(
                FancyArrowPatch(
                    at[source], at[register["name"]], arrowstyle="-|>", mutation_scale=8, color=style.MUTED,
                    linewidth=0.8, shrinkA=5, shrinkB=5, connectionstyle="arc3,rad=0.08",
                )
            )  # fmt: skip
    for name, (x, y) in at.items():
        ax.plot([x], [y], "o", markersize=6, color=style.SERIES[0])
        ax.text(1.16 * x, 1.16 * y, style.plain(style.short(name, 6)), ha="center", va="center", fontsize=style.SMALL)
    caption = (
        f"{style.count(len(names), 'cell')}, each with a function of those that arrows come from: "
        f"{style.count(links, 'arrow')}." + (" Cells that are read by their own function are ringed." if rings else "")
    )
    return style.finish(figure, title, caption)
