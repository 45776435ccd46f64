"""What lies on a desk to work with. Each function draws one instance: (generator) -> parts."""
import numpy as np

from .solids import BLACK, BODY, CREAM, DARK, STEEL, WHITE, box, cylinder, disc, ellipsoid, lathe, ring, tube


def book(r):
    x, z, h = r.uniform(0.62, 0.75), r.uniform(0.85, 1.0), r.uniform(0.1, 0.26)
    parts = [box(x, 0.02, z, cut=4), box(x * 0.96, h - 0.04, z * 0.95, CREAM, 4).moved(0.012, 0.02, 0), box(x, 0.02, z, cut=4).moved(0, h - 0.02, 0), box(0.02, h, z, cut=4).moved(-x / 2, 0, 0)]
    if r.random() < 0.7:
        parts.append(box(x * r.uniform(0.4, 0.65), 0.005, z * r.uniform(0.1, 0.22), [WHITE, (0.85, 0.7, 0.3), DARK][int(r.integers(3))], 2).raised().moved(0, h, -z * r.uniform(0.1, 0.25)))
    if r.random() < 0.3:
        parts = [p.turned("z", 90).moved(h / 2, x / 2, 0) for p in parts]           # standing upright
    return parts


def box_(r):
    x, y, z = r.uniform(0.6, 0.95), r.uniform(0.45, 0.8), r.uniform(0.55, 0.8)
    parts = [box(x, y, z, cut=4)]
    style = int(r.integers(3))
    if style == 0:                                                                   # parcel: tape along the top
        parts += [box(x * 1.004, 0.006, z * 0.16, (0.85, 0.78, 0.6), 4).raised().moved(0, y, 0), box(x * 1.006, y * 0.3, z * 0.16, (0.85, 0.78, 0.6), 2).raised(0.05).moved(0, y * 0.7, 0)]
    elif style == 1:                                                                 # present: a ribbon crosswise
        ribbon = [WHITE, (0.9, 0.75, 0.2), (0.8, 0.1, 0.15)][int(r.integers(3))]
        parts += [box(x * 1.01, y * 1.01, 0.1, ribbon, 4).raised(0.05), box(0.1, y * 1.01, z * 1.01, ribbon, 4).raised(0.05)]
        parts += [ring(0.1, 0.03, ribbon, 6, 12).turned("x", 90).moved(s * 0.1, y + 0.08, 0) for s in (-1, 1)]
    else:                                                                            # open carton: flaps outwards
        parts += [disc(0.5, 0, DARK, 4).turned("y", 45).scaled(x * 1.35, 1, z * 1.35).moved(0, y + 0.004, 0)]
        parts += [box(x, 0.02, z * 0.4, cut=3).moved(0, 0, s * z * 0.2).turned("x", s * 35).moved(0, y, s * z / 2) for s in (-1, 1)]
    return parts


def camera(r):
    x, y, z = r.uniform(0.85, 1.0), r.uniform(0.5, 0.62), r.uniform(0.26, 0.34)
    big = r.uniform(0.19, 0.25)
    lens = [cylinder(big, 0, 0.16, DARK).turned("x", 90), cylinder(big * 0.85, 0.1, 0.28, BLACK).turned("x", 90), disc(big * 0.6, 0.285, (0.25, 0.3, 0.5)).turned("x", 90)]
    parts = [box(x, y, z, cut=4), *(p.moved(r.uniform(-0.05, 0.1), y * 0.48, z / 2) for p in lens)]
    parts.append(box(x * 0.3, 0.13, z * 0.7, DARK if r.random() < 0.5 else BODY, 2).moved(0, y, 0))
    parts += [cylinder(0.05, y, y + 0.05, STEEL, 10).moved(x * 0.35, 0, 0), box(0.14, 0.08, 0.02, WHITE, 1).raised().moved(-x * 0.34, y * 0.75, z / 2)]
    if r.random() < 0.6:
        parts.append(box(x * 1.006, y * 0.18, z * 1.01, STEEL, 3).raised(0.03).moved(0, y * 0.82, 0))
    return parts


def clock(r):
    radius = 0.45
    parts = [cylinder(radius, -0.1, 0.1, sides=24).turned("x", 90), disc(radius * 0.84, 0.104, WHITE, 24).raised(0.1).turned("x", 90)]
    for hour in range(12):
        a = np.radians(30 * hour)
        parts.append(box(0.03, 0.075 if hour % 3 else 0.11, 0.004, BLACK, 1).raised(0.2).moved(0, radius * 0.66, 0.107).turned("z", -np.degrees(a)))
    parts += [box(0.045, radius * length, 0.006, BLACK, 2).raised(0.22).moved(0, -0.02, 0.112).turned("z", r.uniform(0, 360)) for length in (0.45, 0.66)]
    parts = [p.moved(0, radius + 0.06, 0) for p in parts]
    if r.random() < 0.6:                                                             # an alarm clock's bells and feet
        parts += [ellipsoid(0.14, 0.1, 0.12, STEEL if r.random() < 0.5 else BODY, 10, 6).turned("z", -s * 35).moved(s * 0.27, 0.98, 0) for s in (-1, 1)]
        parts += [tube([[s * 0.25, 0.15, 0], [s * 0.36, 0, 0]], 0.04, DARK, 6) for s in (-1, 1)]
    else:
        parts.append(box(0.5, 0.08, 0.25))
    return parts


def glasses(r):
    wide, tall = r.uniform(0.2, 0.25), r.uniform(0.75, 1.0)
    dark = [(0.1, 0.1, 0.13), (0.65, 0.75, 0.82), (0.3, 0.2, 0.12)][int(r.integers(3))]
    sides = 5 if r.random() < 0.3 else 20
    parts = []
    for s in (-1, 1):
        lens = ring(wide, 0.045, points=sides, squeeze=tall).turned("x", 90).moved(s * (wide + 0.05), wide * tall + 0.04, 0)
        glass = disc(wide * 0.93, 0, dark).scaled(1, 1, tall).turned("x", 90).moved(s * (wide + 0.05), wide * tall + 0.04, -0.005)
        parts += [lens, glass, tube([[s * (2 * wide + 0.06), wide + 0.1, 0], [s * (2 * wide + 0.08), wide + 0.1, -0.3], [s * (2 * wide + 0.05), 0.06, -0.62]], 0.035, sides=6)]
    return [*parts, tube([[-0.06, wide + 0.05, 0], [0, wide + 0.09, 0.02], [0.06, wide + 0.05, 0]], 0.035, sides=6)]


def headphones(r):
    radius, thick = 0.4, r.uniform(0.045, 0.07)
    cup = DARK if r.random() < 0.4 else BODY
    parts = [ring(radius, thick, points=18, start=-5, end=185).turned("x", -90).moved(0, 0.3, 0)]
    for s in (-1, 1):
        parts.append(cylinder(r.uniform(0.19, 0.25), -0.09, 0.09, cup, 16).turned("z", 90).moved(s * radius * 0.97, 0.26, 0))
        parts.append(cylinder(0.17, -0.05, 0.05, BLACK, 14).turned("z", 90).moved(s * (radius * 0.97 - 0.1), 0.26, 0))
    if r.random() < 0.5:
        parts = [p.turned("x", -75).moved(0, 0.1, 0) for p in parts]                 # lying down
    return parts


def key(r):
    bow = r.uniform(0.17, 0.23)
    parts = [ring(bow, 0.06, squeeze=r.uniform(0.8, 1.1)).moved(-0.38, 0.07, 0), box(0.68, 0.09, 0.1, cut=4).moved(0.13, 0.02, 0)]
    for x in np.linspace(0.22, 0.44, int(r.integers(2, 4))):
        parts.append(box(0.075, 0.08, r.uniform(0.12, 0.2), cut=1).moved(x, 0.025, 0.12))
    return [*parts, box(0.07, 0.1, 0.19, cut=1).moved(-0.13, 0.02, 0)]


def keyboard(r):
    x, z, rows, columns = 1.0, r.uniform(0.32, 0.4), 4, int(r.integers(11, 14))
    cap = [WHITE, DARK, (0.75, 0.76, 0.78)][int(r.integers(3))]
    parts = [box(x, 0.06, z, cut=5)]
    step_x, step_z = x * 0.94 / columns, z * 0.86 / rows
    for i in range(rows):
        for j in range(columns):
            if i == rows - 1 and 3 <= j < columns - 3:
                continue
            parts.append(box(step_x * 0.78, 0.03, step_z * 0.76, cap, 1).raised().moved((j + 0.5 - columns / 2) * step_x, 0.06, (i + 0.5 - rows / 2) * step_z))
    return [*parts, box(step_x * (columns - 6.3), 0.03, step_z * 0.76, cap, 2).raised().moved(0, 0.06, (rows / 2 - 0.5) * step_z)]


def lamp(r):
    style, h = int(r.integers(3)), r.uniform(0.62, 0.75)
    parts = [lathe([(0, 0), (0.22, 0), (0.2, 0.05), (0.05, 0.08), (0, 0.08)], [DARK, STEEL, (0.5, 0.33, 0.18)][int(r.integers(3))])]
    pole = [DARK, STEEL, (0.5, 0.33, 0.18)][int(r.integers(3))]
    low, high = r.uniform(0.26, 0.36), r.uniform(0.1, 0.2)
    shade = [lathe([(low, 0), (low * 0.7 + high * 0.3, 0.11), (low * 0.3 + high * 0.7, 0.22), (high, 0.33)]), disc(low * 0.96, 0.015, (1, 0.95, 0.75)), disc(high, 0.33)]
    if style < 2:                                                                    # a table lamp under its shade
        return [*parts, tube([[0, 0.05, 0], [0, 0.4, 0], [0, h, 0]], [0.05, 0.04, 0.03] if style else 0.03, pole), *(p.moved(0, h - 0.05, 0) for p in shade)]
    arm = tube([[0, 0.05, 0], [-0.18, 0.45, 0], [0.1, h + 0.1, 0]], 0.025, pole)
    return [*parts, arm, *(p.scaled(0.75).turned("z", r.uniform(25, 50)).moved(0.22, h - 0.1, 0) for p in shade)]


def laptop(r):
    x, z, open_ = 0.95, r.uniform(0.6, 0.68), r.uniform(95, 118)
    keys = DARK if r.random() < 0.7 else (0.8, 0.8, 0.8)
    parts = [box(x, 0.05, z, cut=5), box(x * 0.86, 0.006, z * 0.45, keys, 4).raised().moved(0, 0.05, -z * 0.14), box(x * 0.28, 0.006, z * 0.22, (0.55, 0.56, 0.58), 2).raised().moved(0, 0.05, z * 0.28)]
    screen = [(0.1, 0.14, 0.25), (0.25, 0.5, 0.8), (0.08, 0.08, 0.1), (0.75, 0.85, 0.95)][int(r.integers(4))]
    lid = [box(x, 0.035, z, cut=5), box(x * 0.9, 0.006, z * 0.86, screen, 4).raised().moved(0, 0.036, 0)]
    if r.random() < 0.5:
        lid.append(box(x * 0.4, 0.006, z * 0.3, [WHITE, (0.9, 0.5, 0.2), (0.3, 0.7, 0.4)][int(r.integers(3))], 2).raised(0.2).moved(r.uniform(-0.2, 0.2), 0.042, r.uniform(-0.1, 0.1)))
    return parts + [p.moved(0, 0, -z / 2).turned("x", 180 - open_).scaled(1, 1, 1).moved(0, 0.05, -z / 2) for p in lid]


def pen(r):
    thick = r.uniform(0.05, 0.075)
    tip = [WHITE, DARK, STEEL][int(r.integers(3))]
    parts = [tube([[-0.5, thick, 0], [-0.2, thick, 0], [0.1, thick, 0], [0.36, thick, 0]], thick, sides=9), tube([[0.36, thick, 0], [0.44, thick, 0], [0.53, thick, 0]], [thick, thick * 0.7, 0.012], tip, 9)]
    if r.random() < 0.6:
        parts.append(tube([[-0.52, thick, 0], [-0.3, thick, 0], [-0.12, thick, 0]], thick * 1.15, BODY if r.random() < 0.6 else DARK, 9))
    return [*parts, tube([[-0.48, thick * 2.3, 0], [-0.22, thick * 2.2, 0]], 0.02, STEEL, 5)]


def phone(r):
    x, z = r.uniform(0.46, 0.52), 1.0
    screen = [(0.06, 0.07, 0.1), (0.12, 0.3, 0.6), (0.2, 0.45, 0.35), (0.75, 0.8, 0.88)][int(r.integers(4))]
    style = r.random()
    if style < 0.7:
        parts = [box(x, 0.07, z, cut=4), box(x * 0.86, 0.004, z * 0.86, screen, 3).raised(0.2).moved(0, 0.07, 0), cylinder(0.03, 0.07, 0.076, (0.5, 0.5, 0.5), 10).raised(0.25).moved(0, 0, z * 0.465)]
        parts += [box(0.07, 0.004, 0.07, [(0.9, 0.4, 0.2), (0.3, 0.8, 0.4), (0.95, 0.8, 0.2)][i % 3], 1).raised(0.3).moved((i % 3 - 1) * 0.13, 0.075, (i // 3 - 1) * 0.16) for i in range(int(r.integers(0, 9)))]
    else:                                                                            # with keys
        parts = [box(x, 0.09, z, cut=4), box(x * 0.75, 0.004, z * 0.36, screen, 2).raised(0.2).moved(0, 0.09, -z * 0.24)]
        parts += [box(0.09, 0.015, 0.07, WHITE, 1).raised(0.2).moved((i % 3 - 1) * 0.13, 0.09, 0.06 + (i // 3) * 0.105) for i in range(12)]
    if r.random() < 0.35:
        parts = [p.turned("x", 65).moved(0, z / 2, 0) for p in parts]                # leaning
    return parts


def scissors(r):
    spread, long = r.uniform(7, 22), r.uniform(0.52, 0.6)
    parts = []
    for s in (-1, 1):
        blade = tube([[0.0, 0.05, 0], [long * 0.5, 0.05, 0.015 * s], [long, 0.05, 0]], [0.06, 0.05, 0.008], STEEL, 6, 0.4)
        grip = ring(r.uniform(0.12, 0.16), 0.045, squeeze=0.75, points=16).moved(-0.42, 0.05, 0)
        arm = tube([[0, 0.05, 0], [-0.28, 0.05, 0.02 * s]], 0.04, sides=6)
        parts += [p.turned("y", s * spread).moved(0, 0.01 * s, 0) for p in (blade, grip, arm)]
    return [*parts, cylinder(0.035, 0.05, 0.1, DARK, 10)]
