"""Pictures of things: records, tapes, keys, strings, speakers, microphones.

Each draws on the canvas and says in a sentence what is to be seen.
"""

from __future__ import annotations

import math

from hub.demo.artwork.canvas import HEIGHT, WIDTH, Canvas, Point
from hub.demo.artwork.palette import blend, name_of

BLACK = (16, 14, 18)


def vinyl(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(blend(palette.main, palette.tint, 0.25), palette.deep, tilt=0.35)
    centre = (chance.uniform(420, 860), chance.uniform(340, 470))
    radius = chance.uniform(330, 430)
    canvas.glow(centre, radius * 1.6, palette.accent, 0.55)
    _record(canvas, centre, radius)
    return (
        f"A record with {_article(name_of(palette.accent))} label, light running round its "
        f"grooves, on {name_of(palette.main)}."
    )


def sleeve(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.paper, blend(palette.tint, palette.main, 0.3), tilt=0.6)
    left, side = chance.uniform(170, 260), 560.0
    canvas.box((left + 16, 136), (side, side), blend(palette.tint, palette.deep, 0.5), round_by=4)
    _record(canvas, (left + side, 400), 262)
    canvas.box((left, 120), (side, side), palette.main, round_by=4)
    middle = (left + side / 2, 400.0)
    steps = chance.randint(4, 7)
    for step in range(steps):
        size = 250 * (1 - step / steps)
        drift = (middle[0] + step * chance.uniform(-14, 14), middle[1] + size * 0.12)
        canvas.disc(drift, size, canvas.ink(step, steps) if step % 2 else palette.deep)
    return (
        f"A record half out of its {name_of(palette.main)} sleeve; on the sleeve, circles "
        f"within circles in {name_of(palette.accent)}."
    )


def cassette(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(blend(palette.main, palette.tint, 0.4), palette.main)
    for step in range(9):
        canvas.line(
            [(0, 60 + step * 95), (WIDTH, step * 95 - 40)], blend(palette.main, palette.deep, 0.2)
        )
    canvas.box((254, 150), (800, 520), blend(palette.main, palette.deep, 0.75), round_by=34)
    canvas.box((240, 130), (800, 520), palette.deep, round_by=34)
    canvas.box((285, 175), (710, 330), palette.paper, round_by=16)
    for step in range(4):
        canvas.box((285, 180 + step * 22), (710, 14), canvas.ink(step, 4))
    canvas.box((400, 300), (480, 150), palette.deep, round_by=75)
    turn = chance.uniform(0, 60)
    for across, tape in ((475, 66), (805, chance.uniform(28, 50))):
        canvas.disc((across, 375), tape, blend(BLACK, palette.main, 0.35))
        canvas.disc((across, 375), 30, palette.paper)
        for spoke in range(6):
            start = turn + spoke * 60
            canvas.wedge((across, 375), 30, start, start + 18, palette.deep)
        canvas.disc((across, 375), 15, palette.deep)
    canvas.shape(
        [(420, 650), (450, 545), (830, 545), (860, 650)], blend(palette.deep, palette.tint, 0.2)
    )
    for across in (500, 780):
        canvas.disc((across, 600), 14, palette.main)
    return (
        f"A dark cassette with {_article(name_of(palette.paper))} label and stripes from "
        f"{name_of(palette.main)} to {name_of(palette.accent)}."
    )


def keys(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.deep, palette.main, tilt=0.5)
    canvas.glow((chance.uniform(200, 1000), 60), 620, palette.accent, 0.5)
    count, lit = 14, chance.sample(range(14), 3)
    width = WIDTH / count
    for key in range(count):
        top = 330 + 60 * math.sin(key / 2.3 + chance.random() * 0.2)
        colour = palette.accent if key in lit else blend(palette.paper, palette.tint, key / 26)
        canvas.box((key * width + 3, top), (width - 6, HEIGHT), colour, round_by=10)
        if key % 7 not in {2, 6}:
            canvas.box(
                (key * width + width * 0.68, top - 40), (width * 0.6, 280), BLACK, round_by=7
            )
    return f"Piano keys rising and falling in a wave, three of them lit {name_of(palette.accent)}."


def strings(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(blend(palette.main, palette.accent, 0.25), palette.deep, tilt=0.2)
    centre = (chance.uniform(520, 760), 400)
    for step in range(7):
        canvas.disc(centre, 350 - step * 16, canvas.ink(step, 7) if step % 2 else palette.deep)
    canvas.disc(centre, 240, BLACK)
    plucked = chance.randrange(6)
    for string in range(6):
        height = 215 + string * 74
        sway = 26 if string == plucked else 0
        for shift in (-1, 0, 1) if sway else (0,):
            points: list[Point] = [
                (x, height + shift * sway * math.sin(math.pi * x / WIDTH) * math.sin(x / 60))
                for x in range(0, WIDTH + 20, 12)
            ]
            canvas.line(points, palette.accent if sway else palette.paper, 2 + string * 0.7)
    return (
        f"Six strings across a sound hole, one of them swinging, in {name_of(palette.main)} "
        f"and {name_of(palette.accent)}."
    )


def speakers(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.main, palette.deep, tilt=0.15)
    columns, rows = chance.choice(((3, 2), (4, 2), (5, 3)))
    width, height = WIDTH / columns, HEIGHT / rows
    for column in range(columns):
        for row in range(rows):
            corner = (column * width + 10, row * height + 10)
            canvas.box(
                corner, (width - 20, height - 20), blend(palette.deep, BLACK, 0.4), round_by=14
            )
            middle = (corner[0] + width / 2 - 10, corner[1] + height / 2 - 10)
            size = min(width, height) * chance.uniform(0.36, 0.43)
            for step in range(6):
                shade = blend(palette.main, BLACK, 0.75 - step * 0.13)
                canvas.disc(middle, size * (1 - step * 0.12), shade)
            canvas.disc(middle, size * 0.3, chance.choice(palette.inks))
            canvas.arc(middle, size * 0.98, (200, 290), palette.tint)
    return (
        f"A wall of {columns * rows} speakers, {name_of(palette.main)} cones with caps in "
        f"{name_of(palette.accent)}."
    )


def microphones(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.tint, palette.main, tilt=chance.random())
    canvas.glow((640, 360), 520, palette.paper, 0.7)
    for side, colour in ((-1, palette.deep), (1, blend(palette.accent, palette.deep, 0.25))):
        head = (640.0 + side * 215, chance.uniform(260, 330))
        foot = (640.0 + side * 470, 860.0)
        canvas.line([head, foot], colour, 84)
        canvas.line([head, foot], blend(colour, palette.paper, 0.14), 30)
        canvas.disc(head, 142, colour)
        for step in range(-4, 5):
            reach = math.sqrt(max(0, 132**2 - (step * 28) ** 2))
            mesh = blend(colour, palette.paper, 0.32)
            canvas.line(
                [(head[0] - reach, head[1] + step * 28), (head[0] + reach, head[1] + step * 28)],
                mesh,
                3,
            )
            canvas.line(
                [(head[0] + step * 28, head[1] - reach), (head[0] + step * 28, head[1] + reach)],
                mesh,
                3,
            )
    return f"Two microphones leaning towards each other on {name_of(palette.main)}."


def film(canvas: Canvas) -> str:
    palette, chance = canvas.palette, canvas.chance
    canvas.slope(palette.main, blend(palette.main, palette.accent, 0.7), tilt=0.7)
    canvas.glow((chance.uniform(300, 980), chance.uniform(100, 600)), 560, palette.paper, 0.45)
    for step in range(13):
        reach = chance.uniform(60, 330)
        across = 70 + step * 95
        canvas.line(
            [(across, 400 - reach), (across, 400 + reach)],
            blend(palette.main, palette.paper, 0.55),
            10,
        )
    for top in (0, 726):
        canvas.box((0, top), (WIDTH, 74), BLACK)
        for hole in range(16):
            canvas.box((18 + hole * 80, top + 19), (46, 36), palette.paper, round_by=8)
    canvas.disc((640, 400), 172, palette.deep)
    canvas.ring((640, 400), 172, palette.paper, 9)
    canvas.shape([(588, 308), (588, 492), (742, 400)], palette.accent)
    return f"A strip of film with a play sign in {name_of(palette.accent)}, sound waves behind it."


def _record(canvas: Canvas, centre: Point, radius: float) -> None:
    palette = canvas.palette
    canvas.disc(centre, radius, BLACK)
    shine = canvas.chance.uniform(200, 320)
    for turn in (0, 180):
        for step in range(6):
            tone = blend(BLACK, palette.tint, 0.06 + step * 0.045)
            start = shine + turn + step * 3
            canvas.wedge(centre, radius * 0.98, start, start + 34 - step * 6, tone)
    groove = radius * 0.96
    while groove > radius * 0.42:
        canvas.ring(centre, groove, blend(BLACK, palette.deep, 0.9), 1)
        groove -= canvas.chance.choice((5, 6, 6, 7, 12))
    canvas.disc(centre, radius * 0.36, palette.accent)
    canvas.wedge(
        centre, radius * 0.36, shine, shine + 180, blend(palette.accent, palette.paper, 0.4)
    )
    canvas.ring(centre, radius * 0.29, palette.deep, 3)
    canvas.disc(centre, radius * 0.05, palette.deep)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
