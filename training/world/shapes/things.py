"""Everything else. Each function draws one instance: (generator) -> parts."""
import numpy as np

from .solids import AMBER, BLACK, BODY, DARK, LEAF, STEEL, WHITE, WOOD, GOLD, box, cylinder, disc, ellipsoid, lathe, ring, tube


def ball(r):
    style = int(r.integers(4))
    sphere = ellipsoid(0.5, 0.5, 0.5, sides=20, rings=13)
    second = [WHITE, DARK, (0.95, 0.85, 0.3)][int(r.integers(3))]
    if style == 1:                                                                   # beach ball: sectors
        sphere = sphere.striped(WHITE, lambda i: (i % 20) // 4 % 2 == 0 and (i % 20) < 16)
    elif style == 2:                                                                 # one belt
        sphere = sphere.striped(second, lambda i: i // 20 in (5, 6))
    elif style == 3:                                                                 # spots
        sphere = sphere.striped(second, lambda i: (i * 7919) % 13 == 0)
    return [sphere.turned("x", r.uniform(0, 90)).turned("y", r.uniform(0, 360)).moved(0, 0.5, 0)]


def bell(r):
    w = r.uniform(0.38, 0.48)
    parts = [lathe([(w, 0.05), (w * 0.86, 0.12), (w * 0.68, 0.25), (w * 0.6, 0.42), (w * 0.52, 0.54), (w * 0.3, 0.62), (0.001, 0.65)])]
    if r.random() < 0.5:
        parts.append(tube([[0, 0.62, 0], [0, 0.75, 0], [0, 0.98, 0]], [0.05, 0.07, 0.06], WOOD if r.random() < 0.6 else DARK))
    else:
        parts.append(ring(0.13, 0.035, GOLD, points=14).turned("x", 90).moved(0, 0.75, 0))
    if r.random() < 0.6:
        parts.append(lathe([(w * 1.01, 0.05), (w * 0.88, 0.12)], GOLD if r.random() < 0.5 else WHITE))
    return [*parts, ellipsoid(0.1, 0.1, 0.1, DARK, 10, 6).moved(0, 0.05, 0)]


def car(r):
    h, cabin = r.uniform(0.2, 0.27), r.uniform(0.4, 0.55)
    parts = [box(1.0, h, 0.46, cut=5).moved(0, 0.1, 0), box(cabin, 0.2, 0.4, BODY, 4).moved(r.uniform(-0.12, 0.02), 0.1 + h, 0)]
    glass, x = (0.55, 0.72, 0.85), parts[1].vertices[:, 0].mean()
    parts += [box(cabin * 0.86, 0.12, 0.41, glass, 3).raised(0.06).moved(x, 0.13 + h, 0), box(cabin * 1.01, 0.12, 0.32, glass, 3).raised(0.06).moved(x, 0.13 + h, 0)]
    wheel = r.uniform(0.12, 0.15)
    for sx in (-1, 1):
        for sz in (-1, 1):
            parts += [cylinder(wheel, -0.05, 0.05, BLACK, 14).turned("x", 90).moved(sx * 0.3, wheel, sz * 0.23), disc(wheel * 0.5, sz * 0.055, STEEL, 10).turned("x", 90).moved(sx * 0.3, wheel, sz * 0.23)]
    return parts + [ellipsoid(0.03, 0.045, 0.045, (1, 0.95, 0.6), 8, 5).moved(0.5, 0.1 + h * 0.6, s * 0.16) for s in (-1, 1)]


def duck(r):
    head = r.uniform(0.2, 0.25)
    parts = [ellipsoid(0.46, 0.29, 0.33).moved(0, 0.28, 0), ellipsoid(head, head, head).moved(0.24, 0.66, 0), tube([[-0.35, 0.36, 0], [-0.5, 0.55, 0]], [0.16, 0.04])]
    parts += [ellipsoid(0.13, 0.045, 0.1, AMBER, 10, 6).moved(0.24 + head + 0.05, 0.63, 0), *(ellipsoid(0.22, 0.12, 0.05, BODY, 10, 6).moved(-0.06, 0.36, s * 0.31) for s in (-1, 1))]
    return parts + [ellipsoid(0.045, 0.05, 0.045, BLACK, 8, 5).moved(0.24 + head * 0.68, 0.73, s * head * 0.62) for s in (-1, 1)]


def hammer(r):
    thick, long = r.uniform(0.055, 0.075), r.uniform(0.85, 1.0)
    metal = STEEL if r.random() < 0.7 else DARK
    parts = [tube([[-long + 0.4, 0.1, 0], [-0.1, 0.1, 0], [0.36, 0.1, 0]], [thick * 1.2, thick, thick * 0.85]), box(0.17, 0.18, 0.24, metal, 2).moved(0.38, 0.01, 0)]
    parts.append(cylinder(0.1, 0, 0.2, metal, 12).turned("x", 90).moved(0.38, 0.1, 0.1))
    if r.random() < 0.6:                                                             # claw
        return parts + [tube([[0.36 + 0.04 * s, 0.1, -0.1], [0.38 + 0.06 * s, 0.1, -0.25], [0.34 + 0.07 * s, 0.06, -0.36]], [0.05, 0.04, 0.02], metal, 6) for s in (-1, 1)]
    return [*parts, tube([[0.38, 0.1, -0.1], [0.38, 0.1, -0.34]], [0.09, 0.03], metal, 8)]


def hat(r):
    crown, tall, brim = r.uniform(0.25, 0.3), r.uniform(0.28, 0.48), 0.5
    style = r.random()
    top = [(crown, 0.06), (crown * 0.97, tall * 0.6), (crown * 0.9, tall), (0.001, tall + (0.0 if style < 0.5 else 0.1))]
    parts = [lathe([(brim, 0.06), (brim * 0.8, 0.03), (crown, 0.05)]), lathe(top)]
    return [*parts, lathe([(crown * 1.03, 0.07), (crown * 1.02, 0.07 + r.uniform(0.06, 0.12))], [BLACK, WHITE, (0.6, 0.1, 0.1), GOLD][int(r.integers(4))])]


def plant(r):
    w, h = r.uniform(0.17, 0.24), r.uniform(0.26, 0.36)
    parts = [lathe([(0, 0), (w * 0.75, 0), (w * 0.9, h * 0.5), (w, h)]), lathe([(w * 1.12, h * 0.82), (w * 1.12, h), (w * 0.95, h)]), disc(w * 0.95, h * 0.95, (0.25, 0.17, 0.1))]
    style = int(r.integers(3))
    green = lambda: tuple(np.array(LEAF) * r.uniform(0.8, 1.5))                      # noqa: E731
    for _ in range(int(r.integers(9, 17))):
        a, reach, up = r.uniform(0, 6.28), r.uniform(0.12, 0.36), r.uniform(0.3, 0.62)
        end = np.array([reach * np.cos(a), h + up * (0.6 if style == 2 else 1), reach * np.sin(a)])
        if style == 0:                                                               # blades
            parts.append(tube([[0, h * 0.9, 0], end * [0.5, 0.95, 0.5], end], [0.05, 0.06, 0.01], green(), 5, 0.4))
        else:                                                                        # round leaves on stalks, or a bush
            parts += [tube([[0, h * 0.9, 0], end], 0.014, green(), 4), ellipsoid(0.12, 0.05 if style == 1 else 0.1, 0.1, green(), 8, 5).turned("z", r.uniform(-40, 40)).moved(*end)]
    if r.random() < 0.3:
        parts += [ellipsoid(0.06, 0.06, 0.06, [(0.9, 0.3, 0.4), (0.95, 0.85, 0.3), WHITE][int(r.integers(3))], 8, 5).moved(r.uniform(-0.2, 0.2), h + r.uniform(0.4, 0.6), r.uniform(-0.2, 0.2)) for _ in range(4)]
    return parts


def shoe(r):
    sole = [WHITE, DARK, (0.6, 0.45, 0.3)][int(r.integers(3))]
    tall = r.uniform(0.26, 0.5)
    parts = [ellipsoid(0.5, 0.07, 0.19, sole, 18, 6).moved(0, 0.07, 0), ellipsoid(0.3, 0.2, 0.18).moved(0.2, 0.14, 0), ellipsoid(0.26, 0.24, 0.165).moved(-0.2, 0.18, 0)]
    parts += [lathe([(0.17, 0.15), (0.16, tall)], BODY, 14).scaled(1.15, 1, 0.9).moved(-0.24, 0, 0), disc(0.16, tall - 0.02, BLACK, 14).scaled(1.1, 1, 0.85).moved(-0.24, 0, 0)]
    lace = WHITE if r.random() < 0.7 else BLACK
    return parts + [tube([[x, y, -0.12], [x + 0.02, y + 0.06, 0], [x, y, 0.12]], 0.022, lace, 5) for x, y in ((0.0, 0.29), (0.08, 0.27), (0.16, 0.245))]
