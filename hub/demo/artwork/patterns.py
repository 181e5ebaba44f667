"""Pictures of nothing but sound: waves, rings, rays, ridges, dots and tiles.

Each draws on the canvas and says in a sentence what is to be seen.
"""

from __future__ import annotations

import math

from hub.demo.artwork.canvas import HEIGHT, WIDTH, Canvas, Point
from hub.demo.artwork.palette import blend, name_of


def waveform(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, blend(palette.deep, palette.main, 0.8), tilt=0.5)
    canvas.glow((640, 400), 700, palette.main, 0.7)
    first, second = chance.uniform(40, 70), chance.uniform(90, 200)
    count = 64
    for bar in range(count):
        across = 20 + bar * (WIDTH - 40) / count
        swell = math.sin(math.pi * (bar + 0.5) / count)
        reach = 20 + swell * (
            first * (1 + math.sin(bar / 2.1))
            + second * abs(math.sin(bar / 5.3 + first))
            + chance.uniform(0, 90)
        )
        colour = canvas.ink(bar, count)
        canvas.box((across, 400 - reach), (11, reach * 2), colour, round_by=5)
        canvas.box(
            (across, 400 + reach + 10),
            (11, reach * 0.3),
            blend(colour, palette.deep, 0.7),
            round_by=5,
        )
    return (
        f"A waveform of upright bars running from {name_of(palette.main)} to "
        f"{name_of(palette.accent)}."
    )


def rainbow(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.paper, blend(palette.paper, palette.tint, 0.6))
    corner = chance.choice(((0.0, 800.0), (1280.0, 800.0), (640.0, 800.0)))
    bands = chance.randint(6, 9)
    reach = 760 if corner[0] != 640 else 640
    for band in range(bands):
        radius = reach * (1 - band / bands)
        colour = (
            canvas.ink(band, bands)
            if band % 2 == 0
            else (palette.deep, palette.paper)[band % 4 == 1]
        )
        canvas.disc(corner, radius, colour)
    sun = (1090 if corner[0] == 0 else 190, 190)
    canvas.disc(sun, 92, palette.accent)
    return (
        f"Broad arcs in {name_of(palette.main)}, {name_of(palette.accent)} and "
        f"{name_of(palette.paper)}, with a round sun in the corner."
    )


def halftone(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(blend(palette.main, palette.deep, 0.15), palette.main, tilt=chance.random())
    centre = (chance.uniform(380, 900), chance.uniform(300, 500))
    canvas.disc(centre, 290, palette.accent)
    pitch = 26
    for row in range(HEIGHT // pitch + 2):
        for column in range(WIDTH // pitch + 2):
            across = column * pitch + (row % 2) * pitch / 2
            distance = math.dist((across, row * pitch), centre)
            size = 11.5 * max(0.0, 1 - abs(distance - 330) / 300)
            if size > 1.2:
                canvas.disc(
                    (across, row * pitch), size, palette.deep if distance < 330 else palette.paper
                )
    return (
        f"A disc in {name_of(palette.accent)} dissolving into printed dots on "
        f"{name_of(palette.main)}."
    )


def ridges(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, blend(palette.deep, palette.main, 0.5))
    middle, rows = chance.uniform(450, 830), 30
    for row in range(rows):
        base = 190 + row * 19.5
        waves = [
            (chance.uniform(-170, 170), chance.uniform(26, 70), chance.uniform(10, 105))
            for _ in range(5)
        ]
        points: list[Point] = []
        for across in range(110, 1180, 10):
            lift = sum(
                height * math.exp(-(((across - middle - shift) / width) ** 2))
                for shift, width, height in waves
            )
            points.append((across, base - lift - chance.uniform(0, 3)))
        canvas.shape([*points, (1170, base + 60), (110, base + 60)], palette.deep)
        canvas.line(
            points, blend(palette.paper, canvas.ink(row, rows), 0.25 + 0.6 * row / rows), 2.4
        )
    return (
        f"Thirty thin lines, one above the other, rising to peaks like a mountain range, "
        f"from cream to {name_of(palette.accent)}."
    )


def strips(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.main, palette.deep, tilt=0.9)
    across = -700.0
    while across < WIDTH:
        width = chance.choice((14, 22, 40, 70, 120))
        colour = chance.choice(
            (palette.main, palette.accent, palette.tint, palette.paper, palette.deep)
        )
        canvas.shape(
            [
                (across, HEIGHT),
                (across + 700, 0),
                (across + 700 + width, 0),
                (across + width, HEIGHT),
            ],
            colour,
        )
        across += width + chance.choice((0, 0, 26, 54))
    centre = (chance.uniform(420, 860), 400)
    canvas.disc(centre, 236, palette.deep)
    for step in range(5):
        canvas.ring(centre, 210 - step * 40, canvas.ink(step, 5), 9)
    return (
        f"Slanting stripes in {name_of(palette.main)} and {name_of(palette.accent)} behind "
        "a dark disc with bright rings."
    )


def stage(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, blend(palette.main, palette.deep, 0.2))
    canvas.glow((640, 640), 620, palette.accent, 0.75)
    lights = chance.randint(4, 6)
    for light in range(lights):
        top = (120 + light * 1040 / (lights - 1), 0.0)
        aim = 640 + (top[0] - 640) * chance.uniform(-0.5, 0.6)
        beam = blend(palette.main, chance.choice(palette.inks), 0.45)
        spread = chance.uniform(60, 110)
        canvas.shape(
            [(top[0] - 10, 0), (top[0] + 10, 0), (aim + spread, 700), (aim - spread, 700)], beam
        )
        canvas.disc((top[0], 10), 26, palette.paper)
    canvas.glow((640, 700), 520, palette.paper, 0.5)
    _crowd(canvas)
    return (
        f"Beams of {name_of(palette.accent)} and {name_of(palette.tint)} light over the heads "
        "of a crowd with raised hands."
    )


def rays(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.accent, palette.main)
    centre, count = (640.0, chance.uniform(430, 560)), chance.choice((24, 32, 40))
    for ray in range(0, count, 2):
        start = ray * 360 / count
        canvas.wedge(centre, 1100, start, start + 360 / count, palette.main)
    for step, colour in enumerate(
        (palette.paper, palette.deep, palette.accent, palette.paper, palette.deep)
    ):
        canvas.disc(centre, 270 - step * 48, colour)
    for step in range(5):
        canvas.box((0, 716 + step * 18), (WIDTH, 10), palette.deep)
    return (
        f"A poster sun of rings with rays in {name_of(palette.main)} and "
        f"{name_of(palette.accent)} over dark lines."
    )


def tiles(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    side = chance.choice((160, 200))
    for column in range(math.ceil(WIDTH / side)):
        for row in range(math.ceil(HEIGHT / side)):
            ground, figure = chance.sample(
                (palette.main, palette.accent, palette.tint, palette.paper, palette.deep), 2
            )
            left, top = column * side, row * side
            canvas.box((left, top), (side, side), ground)
            turn = chance.randrange(4)
            corner = (left + side * (turn in {1, 2}), top + side * (turn in {2, 3}))
            match chance.randrange(4):
                case 0:
                    canvas.disc((left + side / 2, top + side / 2), side * 0.36, figure)
                case 1:
                    canvas.wedge(
                        (left + side / 2, top + side / 2),
                        side / 2,
                        turn * 90,
                        turn * 90 + 180,
                        figure,
                    )
                case _:
                    canvas.wedge(corner, side, turn * 90, turn * 90 + 90, figure)
                    canvas.wedge(corner, side * 0.5, turn * 90, turn * 90 + 90, ground)
    return (
        f"A grid of tiles with discs and quarter circles in {name_of(palette.main)}, "
        f"{name_of(palette.accent)} and {name_of(palette.paper)}."
    )


def lamps(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, blend(palette.deep, palette.main, 0.45), tilt=0.4)
    columns, rows = 20, 12
    levels = [
        rows * (0.35 + 0.3 * math.sin(column / chance.uniform(2.4, 3.4)) + chance.uniform(0, 0.3))
        for column in range(columns)
    ]
    for column in range(columns):
        for row in range(rows):
            at = (52 + column * 62, 742 - row * 62)
            lit = row < levels[column]
            colour = canvas.ink(row, rows) if lit else blend(palette.deep, palette.main, 0.35)
            canvas.box((at[0] - 23, at[1] - 23), (46, 46), colour, round_by=12 if lit else 23)
    return (
        f"A level meter of square lamps, lit from {name_of(palette.main)} up to "
        f"{name_of(palette.accent)}."
    )


def ripples(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, palette.main, tilt=chance.random())
    left = (chance.uniform(330, 520), chance.uniform(300, 500))
    right = (chance.uniform(760, 950), chance.uniform(300, 500))
    for step in range(34):
        canvas.ring(left, 26 + step * 23, blend(palette.accent, palette.main, step / 40), 5)
    for step in range(34):
        canvas.ring(right, 26 + step * 23, blend(palette.paper, palette.main, step / 36), 5)
    canvas.disc(left, 30, palette.accent)
    canvas.disc(right, 30, palette.paper)
    return (
        f"Two sets of ripples meeting, one {name_of(palette.accent)}, one cream, on "
        f"{name_of(palette.main)}."
    )


def dialogue(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(blend(palette.tint, palette.paper, 0.5), palette.tint, tilt=0.4)
    for left, top, colour, line, tail in (
        (120, 110, palette.main, palette.paper, 260),
        (460, 330, palette.deep, palette.accent, 1000),
    ):
        canvas.box((left, top), (690, 330), colour, round_by=70)
        canvas.shape([(tail, top + 300), (tail + 110, top + 300), (tail + 20, top + 410)], colour)
        for bar in range(22):
            reach = 14 + 90 * abs(math.sin(bar / 2.4 + left)) * chance.uniform(0.35, 1)
            canvas.box((left + 72 + bar * 25, top + 165 - reach), (12, reach * 2), line, round_by=6)
    return (
        f"Two speech bubbles, {name_of(palette.main)} and {name_of(palette.deep)}, each with "
        "a waveform in place of words."
    )


def _crowd(canvas: Canvas) -> None:
    chance, colour = canvas.chance, blend(canvas.palette.deep, (8, 6, 10), 0.7)
    for row in range(2):
        for step in range(15):
            across = step * 92 + chance.uniform(-24, 24) + row * 44
            height = 640 + row * 62 + chance.uniform(-18, 18)
            canvas.disc((across, height), 38, colour)
            canvas.box((across - 58, height + 34), (116, 260), colour, round_by=40)
            if chance.random() < 0.34:
                reach = chance.uniform(-60, 60)
                canvas.line(
                    [(across + 34, height + 70), (across + reach, height - 120)], colour, 21
                )
                canvas.disc((across + reach, height - 126), 16, colour)
