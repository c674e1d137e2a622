#!/usr/bin/env python3
"""Draws a terminal's screen as SVG.

Reads what `tmux capture-pane -p -e -N` prints: text with SGR sequences (16, 256 and RGB colours, bold, dim, italic,
underline, reversed). Writes one SVG with a fixed grid: frames are drawn as lines, so that they meet in every font, and every
run of letters is given the width of its cells.

    svg.py COLUMNS ROWS TITLE < capture > picture.svg
"""

import re
import sys
import unicodedata
from html import escape
from typing import NamedTuple, Optional

CELL, LINE, SIZE, MARGIN = 8.4, 18, 14, 10
GROUND, INK = "#16181d", "#d8dade"
SIXTEEN = [
    "#2a2d34", "#e0606a", "#86b96a", "#d9a84e", "#6a9fe0", "#c07ad6", "#55b3b8", "#c9ccd1",
    "#6b7079", "#f07f88", "#a2d486", "#eec372", "#8cb9f2", "#d79be8", "#77cdd2", "#f2f3f5",
]  # fmt: skip
# What a frame's sign has: a line to the left, right, up, down.
FRAMES = {
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu",
    "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud",
}  # fmt: skip


class Style(NamedTuple):
    ink: Optional[str] = None
    ground: Optional[str] = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reversed: bool = False

    def colours(self) -> tuple[str, str]:
        ink, ground = self.ink or INK, self.ground or GROUND
        if self.reversed:
            ink, ground = ground, ink
        return (blend(ink, ground) if self.dim else ink), ground


def blend(ink: str, ground: str) -> str:
    """What a terminal makes of dim: most of the ink, some of the ground."""
    pairs = [(int(ink[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(0.6 * a + 0.4 * b):02x}" for a, b in pairs)


def indexed(number: int) -> str:
    """xterm's 256 colours: 16 of the terminal's own, a cube of 6×6×6, 24 greys."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return f"#{8 + 10 * (number - 232):02x}" + f"{8 + 10 * (number - 232):02x}" * 2
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{levels[n]:02x}" for n in (number // 36, number // 6 % 6, number % 6))


def restyled(style: Style, codes: str) -> Style:
    numbers = [int(code or 0) for code in re.split("[;:]", codes)]
    plain = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reversed"}
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            style = Style()
        elif code in plain:
            style = style._replace(**{plain[code]: True})
        elif code == 22:
            style = style._replace(bold=False, dim=False)
        elif code in (23, 24, 27):
            style = style._replace(**{{23: "italic", 24: "underline", 27: "reversed"}[code]: False})
        elif code in (38, 48):
            if numbers.pop(0) == 5:
                colour = indexed(numbers.pop(0))
            else:
                colour = "#" + "".join(f"{numbers.pop(0):02x}" for _ in range(3))
            style = style._replace(**{"ink" if code == 38 else "ground": colour})
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = style._replace(ink=SIXTEEN[code - 30 if code < 90 else code - 82])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style = style._replace(ground=SIXTEEN[code - 40 if code < 100 else code - 92])
        elif code == 39:
            style = style._replace(ink=None)
        elif code == 49:
            style = style._replace(ground=None)
        else:
            raise ValueError(f"SGR {code} is not known here")
    return style


def cells(text: str):
    """Every sign of the screen with its row, its column and its style."""
    style = Style()
    for row, line in enumerate(text.split("\n")):
        column = 0
        for codes, sign in re.findall(r"\x1b\[([\d;:]*)m|([^\x1b\x0e\x0f])", line):
            if not sign:
                style = restyled(style, codes)
                continue
            yield row, column, sign, style
            column += 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def frame(column: int, row: int, sign: str) -> str:
    x, y = MARGIN + column * CELL, MARGIN + row * LINE
    middle, centre = x + CELL / 2, y + LINE / 2
    path = ""
    arms = FRAMES[sign]
    if "l" in arms or "r" in arms:
        begin, end = (x if "l" in arms else middle), (x + CELL if "r" in arms else middle)
        path += f"M{number(begin)} {number(centre)}H{number(end)}"
    if "u" in arms or "d" in arms:
        begin, end = (y if "u" in arms else centre), (y + LINE if "d" in arms else centre)
        path += f"M{number(middle)} {number(begin)}V{number(end)}"
    return path


def draw(text: str, columns: int, rows: int, title: str) -> str:
    width, height = number(2 * MARGIN + columns * CELL), number(2 * MARGIN + rows * LINE)
    grounds, frames, runs = [], {}, []
    for row, column, sign, style in cells(text):
        if row >= rows:
            break
        ink, ground = style.colours()
        if ground != GROUND:
            last = grounds[-1] if grounds else None
            if last and last[0] == row and last[2] == column and last[3] == ground:
                last[2] += 1
            else:
                grounds.append([row, column, column + 1, ground])
        if sign in FRAMES:
            frames.setdefault((ink, style.bold), []).append(frame(column, row, sign))
        elif sign != " " or style.underline:
            key = (row, ink, style.bold, style.italic, style.underline)
            last = runs[-1] if runs else None
            together = last and last[0] == key and sign.isascii() and last[2].isascii()
            gap = column - (last[1] + len(last[2])) if together else 0
            if together and 0 <= gap <= 1:
                last[2] += " " * gap + sign
            else:
                runs.append([key, column, sign])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>',
    ]
    for row, begin, end, ground in grounds:
        x, y = number(MARGIN + begin * CELL), MARGIN + row * LINE
        out.append(f'<rect x="{x}" y="{y}" width="{number((end - begin) * CELL)}" height="{LINE}" fill="{ground}"/>')
    for (ink, bold), paths in frames.items():
        out.append(f'<path d="{"".join(paths)}" fill="none" stroke="{ink}" stroke-width="{2 if bold else 1}"/>')
    fonts = "ui-monospace,'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace"
    out.append(f'<g font-family="{fonts}" font-size="{SIZE}" xml:space="preserve">')
    for (row, ink, bold, italic, underline), column, sign in runs:
        y = number(MARGIN + row * LINE + LINE * 0.74)
        looks = f' fill="{ink}"' + ' font-weight="bold"' * bold + ' font-style="italic"' * italic
        looks += ' text-decoration="underline"' * underline
        x = MARGIN + column * CELL
        if sign.isascii():
            place = f'x="{number(x)}" y="{y}" textLength="{number(len(sign) * CELL)}" lengthAdjust="spacingAndGlyphs"'
        else:
            place = f'x="{number(x + CELL / 2)}" y="{y}" text-anchor="middle"'
        out.append(f"<text {place}{looks}>{escape(sign, quote=False)}</text>")
    return "\n".join([*out, "</g>", "</svg>", ""])


if __name__ == "__main__":
    try:
        arguments = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    except (IndexError, ValueError):
        sys.exit(__doc__)
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(draw(sys.stdin.read(), *arguments))
