"""Solids that objects are built of. y is up, things stand on y = 0, and are about 1 large.

A Part is vertices [V, 3], faces (index arrays of convex polygons) and a paint: BODY, which takes the object's colour when a
scene is drawn, or a fixed (r, g, b) in 0..1; `paints` may override it face by face.
"""
from dataclasses import dataclass, replace

import numpy as np

BODY = None
WHITE, CREAM, BLACK, DARK, STEEL, GOLD = (0.95, 0.95, 0.95), (0.93, 0.89, 0.78), (0.06, 0.06, 0.07), (0.18, 0.18, 0.2), (0.68, 0.7, 0.73), (0.83, 0.66, 0.25)
WOOD, LEAF, AMBER = (0.62, 0.42, 0.24), (0.2, 0.5, 0.16), (0.98, 0.6, 0.1)


@dataclass
class Part:
    vertices: np.ndarray
    faces: list
    paint: tuple = BODY
    paints: dict = None
    bias: float = 0.0

    def moved(self, x=0.0, y=0.0, z=0.0):
        return replace(self, vertices=self.vertices + [x, y, z])

    def scaled(self, x, y=None, z=None):
        return replace(self, vertices=self.vertices * [x, x if y is None else y, x if z is None else z])

    def raised(self, bias=0.12):
        """Lies on another part: painted as if it were nearer by `bias`, and only from its outer side."""
        return replace(self, bias=bias)

    def turned(self, axis, degrees):
        a, b = [(1, 2), (2, 0), (0, 1)]["xyz".index(axis)]
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        v = self.vertices.copy()
        v[:, a], v[:, b] = c * self.vertices[:, a] - s * self.vertices[:, b], s * self.vertices[:, a] + c * self.vertices[:, b]
        return replace(self, vertices=v)

    def striped(self, paint, chosen):
        """Faces whose number `chosen` picks get another paint."""
        return replace(self, paints={i: paint for i in range(len(self.faces)) if chosen(i)})


def tube(path, radius, paint=BODY, sides=8, flat=1.0):
    """A round rod along `path` [P, 3] with one radius or one a point, closed at both ends; `flat` squeezes it in y."""
    path = np.asarray(path, float)
    radius = np.broadcast_to(radius, len(path))
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    side = np.cross(along, [0, 1, 0])
    weak = np.linalg.norm(side, axis=1) < 0.2
    side[weak] = np.cross(along[weak], [0, 0, 1])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, along)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = path[:, None] + radius[:, None, None] * (np.cos(angle)[None, :, None] * side[:, None] + flat * np.sin(angle)[None, :, None] * up[:, None])
    faces = [np.array([p * sides + i, p * sides + (i + 1) % sides, (p + 1) * sides + (i + 1) % sides, (p + 1) * sides + i]) for p in range(len(path) - 1) for i in range(sides)]
    ends = [np.arange(sides)[::-1], (len(path) - 1) * sides + np.arange(sides)]
    return Part(rings.reshape(-1, 3), faces + ends, paint)


def lathe(profile, paint=BODY, sides=22):
    """The surface that `profile` [(radius, height)] sweeps around the y axis."""
    profile = np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    v = np.stack([profile[:, None, 0] * np.cos(angle), np.broadcast_to(profile[:, None, 1], (len(profile), sides)), profile[:, None, 0] * np.sin(angle)], -1)
    faces = [np.array([p * sides + i, (p + 1) * sides + i, (p + 1) * sides + (i + 1) % sides, p * sides + (i + 1) % sides]) for p in range(len(profile) - 1) for i in range(sides)]
    return Part(v.reshape(-1, 3), faces, paint)


def disc(radius, y, paint=BODY, sides=20):
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return Part(np.stack([radius * np.cos(angle), np.full(sides, y), radius * np.sin(angle)], 1), [np.arange(sides)], paint)


def cylinder(radius, bottom, top, paint=BODY, sides=20):
    return lathe([(0, bottom), (radius, bottom), (radius, top), (0, top)], paint, sides)


def ellipsoid(x, y, z, paint=BODY, sides=16, rings=9):
    """Half axes x, y, z around the origin."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings)
    return lathe(np.stack([np.cos(angle), np.sin(angle)], 1), paint, sides).scaled(x, y, z)


def box(x, y, z, paint=BODY, cut=3):
    """Sides x, y, z, standing on y = 0, centred in x and z; faces are cut into `cut` x `cut` so that painting by depth works."""
    vertices, faces = [], []
    for axis in range(3):
        for sign in (0.0, 1.0):
            a, b = [i for i in range(3) if i != axis]
            for i in range(cut):
                for j in range(cut):
                    quad = np.zeros((4, 3))
                    quad[:, axis] = sign
                    quad[:, a], quad[:, b] = np.array([i, i + 1, i + 1, i]) / cut, np.array([j, j, j + 1, j + 1]) / cut
                    faces.append(len(vertices) * 4 + np.arange(4))
                    vertices.append(quad)
    return Part((np.concatenate(vertices) - [0.5, 0, 0.5]) * [x, y, z], faces, paint)


def ring(radius, thickness, paint=BODY, sides=8, points=20, start=0.0, end=360.0, squeeze=1.0):
    """A torus (or a piece of one) lying in the x, z plane."""
    angle = np.radians(np.linspace(start, end, points))
    return tube(np.stack([radius * np.cos(angle), 0 * angle, squeeze * radius * np.sin(angle)], 1), thickness, paint, sides)
