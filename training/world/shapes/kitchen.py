"""What is eaten, drunk from and cooked with. Each function draws one instance: (generator) -> parts."""
import numpy as np

from .solids import AMBER, BODY, CREAM, DARK, LEAF, STEEL, WHITE, WOOD, box, cylinder, disc, ellipsoid, lathe, ring, tube


def apple(r):
    a = np.linspace(-np.pi / 2, np.pi / 2, 12)
    radius = 0.5 * np.cos(a) * (1 + r.uniform(0.05, 0.15) * np.sin(a)) + 0.001
    height = 0.46 + r.uniform(0.38, 0.46) * np.sin(a) - 0.16 * np.exp(-((a - np.pi / 2) / 0.45) ** 2) + 0.05 * np.exp(-((a + np.pi / 2) / 0.4) ** 2)
    parts = [lathe(np.stack([radius, height], 1)), tube([[0, 0.7, 0], [0.02, 0.9, 0.02], [r.uniform(-0.1, 0.1), 1.05, 0.05]], 0.035, (0.35, 0.24, 0.12), 6)]
    if r.random() < 0.6:
        parts.append(ellipsoid(0.2, 0.03, 0.09, LEAF, 10, 5).turned("z", 25).moved(0.2, 0.95, 0))
    return parts


def banana(r):
    bend = r.uniform(70, 125)
    angle = np.radians(np.linspace(-bend / 2, bend / 2, 11))
    path = np.stack([np.sin(angle), 0 * angle + 0.12, -np.cos(angle) + np.cos(angle[0])], 1) * (0.55 / np.sin(np.radians(bend / 2)))
    path[:, 1] = 0.12
    thick = r.uniform(0.1, 0.14) * np.array([0.35, 0.7, 0.95, 1, 1, 1, 1, 0.97, 0.85, 0.6, 0.4])
    tip = (0.3, 0.2, 0.08)
    return [tube(path, thick), tube(path[[0, 0]] + [[0, 0, 0], [-0.1, 0.02, -0.07]], 0.045, tip, 6), tube(path[[-1, -1]] + [[0, 0, 0], [0.04, 0, -0.03]], 0.05, tip, 6)]


def bottle(r):
    w, neck, shoulder = r.uniform(0.16, 0.24), r.uniform(0.05, 0.075), r.uniform(0.52, 0.68)
    body = lathe([(0, 0), (w, 0), (w, 0.15), (w, 0.3), (w, shoulder * 0.8), (w, shoulder), (w * 0.8, shoulder + 0.08), (neck, shoulder + 0.17), (neck, 0.93), (0, 0.93)])
    parts = [body, cylinder(neck * 1.25, 0.9, 1.0, [WHITE, DARK, STEEL, (0.8, 0.1, 0.1)][int(r.integers(4))], 14)]
    if r.random() < 0.6:
        low = r.uniform(0.12, 0.22)
        parts.append(lathe([(w * 1.01, low), (w * 1.01, low + r.uniform(0.1, 0.2))], CREAM))
    return parts


def bowl(r):
    depth, foot = r.uniform(0.32, 0.5), r.uniform(0.2, 0.3)
    a = np.linspace(0, 1, 7)
    outer = np.stack([foot + (0.5 - foot) * np.sqrt(a), depth * a ** 1.3], 1)
    inner = outer[::-1] * [0.93, 0.95] + [0, 0.03]
    parts = [lathe(np.concatenate([[(0, 0)], outer])), lathe(np.concatenate([inner, [(0, 0.04)]]), WHITE if r.random() < 0.3 else BODY)]
    if r.random() < 0.4:
        parts.append(lathe([(outer[4, 0] * 1.01, outer[4, 1]), (outer[5, 0] * 1.01, outer[5, 1])], WHITE))
    return parts


def candle(r):
    w, h = r.uniform(0.13, 0.2), r.uniform(0.55, 0.8)
    parts = [lathe([(0, 0.05), (w, 0.05), (w, h * 0.35), (w, h * 0.7), (w * 0.96, h), (0, h - 0.03)]), tube([[0, h - 0.05, 0], [0, h + 0.06, 0]], 0.015, DARK, 5),
             ellipsoid(0.055, 0.12, 0.055, AMBER, 10, 7).moved(0, h + 0.14, 0), ellipsoid(0.028, 0.06, 0.028, (1, 0.95, 0.6), 8, 5).moved(0, h + 0.11, 0.04)]
    holder = int(r.integers(3))
    if holder:
        parts.append(lathe([(0, 0), (w * 1.9, 0), (w * 2.1, 0.07), (w * 1.05, 0.05)], STEEL if holder == 1 else WOOD))
    return parts


def carrot(r):
    t = np.linspace(0, 1, 9)
    path = np.stack([0.4 - 0.85 * t, 0 * t + 0.14, 0.05 * np.sin(3 * t + r.uniform(0, 3))], 1)
    parts = [tube(path, r.uniform(0.12, 0.17) * (1 - t) ** 0.7 + 0.012, sides=10)]
    for _ in range(int(r.integers(4, 8))):
        end = np.array([r.uniform(0.7, 0.95), r.uniform(0.1, 0.4), r.uniform(-0.25, 0.25)])
        parts.append(tube([[0.38, 0.14, 0], (end + [0.4, 0.2, 0]) / 2, end], [0.02, 0.045, 0.02], (0.18, r.uniform(0.45, 0.6), 0.14), 5))
    return parts


def _cutlery(r):
    bare = r.random() < 0.5
    return (BODY if bare else STEEL), [tube([[-0.55, 0.06, 0], [-0.3, 0.06, 0], [0.0, 0.06, 0], [0.12, 0.05, 0]], np.array([0.075, 0.085, 0.055, 0.04]) * r.uniform(0.9, 1.2), BODY, 8, 0.6)]


def fork(r):
    head, parts = _cutlery(r)
    wide, tines = r.uniform(0.1, 0.13), int(r.integers(3, 5))
    parts.append(box(0.13, 0.05, 2 * wide, head, 2).moved(0.17, 0.04, 0))
    return parts + [tube([[0.2, 0.065, z], [0.38, 0.07, z], [0.56, 0.1, z * 0.95]], [0.026, 0.024, 0.014], head, 6) for z in np.linspace(-wide + 0.02, wide - 0.02, tines)]


def spoon(r):
    head, parts = _cutlery(r)
    long = r.uniform(0.19, 0.24)
    bowl_ = ellipsoid(long, 0.055, r.uniform(0.125, 0.155), head).moved(0.12 + long, 0.07, 0)
    return parts + [bowl_, ellipsoid(long * 0.75, 0.02, 0.095, (0.45, 0.46, 0.48), 14, 5).moved(0.12 + long, 0.115, 0)]


def mug(r):
    w, h = r.uniform(0.27, 0.35), r.uniform(0.62, 0.85)
    top = w * r.uniform(0.95, 1.15)
    wall = lathe([(0, 0), (w, 0), (w + (top - w) * 0.3, h * 0.3), (w + (top - w) * 0.6, h * 0.6), (top, h)])
    if r.random() < 0.35:
        wall = wall.striped(WHITE, lambda i: 44 <= i < 66)
    inside = lathe([(top, h), (top * 0.92, h), (top * 0.9, h * 0.7)], WHITE if r.random() < 0.5 else BODY)
    drink = disc(top * 0.91, h * r.uniform(0.72, 0.86), [(0.28, 0.15, 0.07), (0.6, 0.35, 0.12), CREAM][int(r.integers(3))])
    handle = ring(h * r.uniform(0.26, 0.33), 0.05, points=12, start=-90, end=90, squeeze=r.uniform(0.9, 1.1)).turned("x", 90).moved(w * 0.97, h * 0.5, 0)
    return [wall, inside, drink, handle]


def mushroom(r):
    w = r.uniform(0.42, 0.55)
    a = np.linspace(0, np.pi / 2, 7)
    parts = [lathe([(0, 0), (0.17, 0), (0.13, 0.2), (0.12, 0.45), (0, 0.45)], CREAM), lathe(np.stack([w * np.cos(a), 0.42 + r.uniform(0.32, 0.45) * np.sin(a)], 1)),
             lathe([(w, 0.42), (0.12, 0.46)], CREAM)]
    for _ in range(int(r.integers(0, 9))):
        b, c = r.uniform(0.3, 1.3), r.uniform(0, 6.28)
        parts.append(ellipsoid(0.065, 0.05, 0.065, WHITE, 8, 5).moved(w * np.cos(b) * np.cos(c), 0.43 + 0.38 * np.sin(b), w * np.cos(b) * np.sin(c)))
    return parts


def teapot(r):
    w, h = r.uniform(0.36, 0.44), r.uniform(0.3, 0.4)
    a = np.linspace(-np.pi / 2, np.pi / 2, 10)
    parts = [lathe(np.stack([w * np.cos(a) ** 0.8 + 0.001, h + h * np.sin(a)], 1)), lathe([(w * 0.5, 2 * h * 0.95), (w * 0.35, 2 * h * 1.06), (0.001, 2 * h * 1.1)]),
             ellipsoid(0.06, 0.06, 0.06, DARK if r.random() < 0.3 else BODY, 10, 6).moved(0, 2 * h * 1.15, 0)]
    parts.append(tube([[w * 0.8, h * 0.6, 0], [w * 1.2, h * 0.9, 0], [w * 1.4, h * 1.5, 0], [w * 1.65, h * 1.85, 0]], [0.11, 0.08, 0.055, 0.05]))
    handle = ring(h * 0.75, 0.045, points=14, start=90, end=270).turned("x", 90).moved(-w * 0.85, h * 1.05, 0)
    if r.random() < 0.3:
        handle = ring(w * 0.8, 0.04, WOOD, points=14, start=180, end=360).turned("x", 90).moved(0, h * 1.75, 0)
    return [*parts, handle]
