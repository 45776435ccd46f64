"""Wavefront OBJ models to RGBA sprites with a point-splatting rasteriser (numpy only).

Surface points are sampled once per model, uniformly by area; a view then costs one rotation, one depth
sort and one scatter. Rendering at twice the size, a 3x3 median (coincident faces) and averaging hide the sampling.
"""
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

POINTS = 500_000          # surface samples per model: about 6 per pixel of a 2x supersampled 192-pixel sprite


def _read_materials(path):
    """MTL file -> {name: (diffuse RGB 0..1, opacity, texture path or None)}."""
    materials, name = {}, None
    if not path.exists():
        return materials
    for line in path.read_text(encoding="latin1").splitlines():
        part = line.split()
        if not part:
            continue
        if part[0] == "newmtl":
            name = part[1] if len(part) > 1 else ""
            materials[name] = [np.array([0.8, 0.8, 0.8]), 1.0, None]
        elif name is None:
            continue
        elif part[0] == "Kd":
            materials[name][0] = np.array([float(v) for v in part[1:4]])
        elif part[0] == "d":
            materials[name][1] = float(part[-1])
        elif part[0] == "map_Kd":
            materials[name][2] = path.parent / part[-1]
    return materials


def load(path, rotation=None, seed=0, points=POINTS):
    """OBJ file -> surface samples: positions [N, 3] centred in the unit ball, normals [N, 3], RGBA [N, 4] in 0..1."""
    path = Path(path)
    vertices, uvs, faces, face_uvs, face_materials, materials, current = [], [], [], [], [], {}, ""
    for line in path.read_text(encoding="latin1").splitlines():
        part = line.split()
        if not part:
            continue
        tag = part[0]
        if tag == "v":
            vertices.append([float(v) for v in part[1:4]])
        elif tag == "vt":
            uvs.append([float(part[1]), float(part[2])])
        elif tag == "mtllib":
            materials = _read_materials(path.parent / " ".join(part[1:]))
        elif tag == "usemtl":
            current = part[1] if len(part) > 1 else ""
        elif tag == "f":
            corner = [p.split("/") for p in part[1:]]
            index = [int(c[0]) for c in corner]
            index = [i - 1 if i > 0 else len(vertices) + i for i in index]
            uv = [int(c[1]) if len(c) > 1 and c[1] else 0 for c in corner]
            uv = [i - 1 if i > 0 else (len(uvs) + i if i < 0 else -1) for i in uv]
            for k in range(1, len(index) - 1):
                faces.append((index[0], index[k], index[k + 1]))
                face_uvs.append((uv[0], uv[k], uv[k + 1]))
                face_materials.append(current)
    vertex = np.asarray(vertices, np.float64)
    if rotation is not None:
        vertex = vertex @ np.asarray(rotation, np.float64).reshape(3, 3).T
    face, face_uv = np.asarray(faces), np.asarray(face_uvs)
    used = vertex[np.unique(face)]
    low, high = used.min(0), used.max(0)
    vertex = (vertex - (low + high) / 2) / (np.linalg.norm(high - low) / 2)
    edge1, edge2 = vertex[face[:, 1]] - vertex[face[:, 0]], vertex[face[:, 2]] - vertex[face[:, 0]]
    cross = np.cross(edge1, edge2)
    area = np.linalg.norm(cross, axis=1)
    rng = np.random.default_rng(seed)
    pick = np.sort(rng.choice(len(face), points, p=area / area.sum()))
    u, v = rng.random(points), rng.random(points)
    fold = u + v > 1
    u[fold], v[fold] = 1 - u[fold], 1 - v[fold]
    position = vertex[face[pick, 0]] + u[:, None] * edge1[pick] + v[:, None] * edge2[pick]
    normal = cross[pick] / np.maximum(area[pick], 1e-12)[:, None]
    colour = np.ones((points, 4))
    names = np.asarray(face_materials, dtype=object)[pick]
    for name in set(face_materials):
        chosen = np.flatnonzero(names == name)
        diffuse, opacity, texture = materials.get(name, (np.array([0.7, 0.7, 0.7]), 1.0, None))
        colour[chosen, :3], colour[chosen, 3] = diffuse, opacity
        if texture is not None and texture.exists() and len(uvs) and (face_uv[pick[chosen]] >= 0).all():
            image = np.asarray(Image.open(texture).convert("RGBA").resize((512, 512), Image.BILINEAR), np.float64) / 255
            corner = np.asarray(uvs)[face_uv[pick[chosen]]]
            uv = corner[:, 0] + u[chosen, None] * (corner[:, 1] - corner[:, 0]) + v[chosen, None] * (corner[:, 2] - corner[:, 0])
            column, row = (uv[:, 0] % 1 * 511).astype(int), ((1 - uv[:, 1]) % 1 * 511).astype(int)
            sample = image[row, column]
            colour[chosen, :3], colour[chosen, 3] = sample[:, :3], sample[:, 3] * opacity
    return position.astype(np.float32), normal.astype(np.float32), colour.astype(np.float32)


def view(samples, azimuth, elevation, light, size, rng):
    """One view as RGBA uint8 [h, w, 4], cropped to the object; angles in radians, light = (azimuth, elevation, ambient)."""
    position, normal, colour = samples
    ca, sa, ce, se = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    right, up, back = np.array([ca, 0, -sa]), np.array([-sa * se, ce, -ca * se]), np.array([sa * ce, se, ca * ce])
    basis = np.stack([right, up, back], 1).astype(np.float32)
    camera = position @ basis
    facing = normal @ basis
    facing *= np.where(facing[:, 2:] < 0, -1, 1)                      # two-sided: many models have inconsistent winding
    distance = 3.5
    scale = distance / (distance - camera[:, 2])
    side = size * 2
    column = ((camera[:, 0] * scale * 0.47 + 0.5) * side).astype(np.int32)
    row = ((0.5 - camera[:, 1] * scale * 0.47) * side).astype(np.int32)
    la, le, ambient = light
    direction = np.array([np.cos(le) * np.sin(la), np.sin(le), np.cos(le) * np.cos(la)], np.float32)
    shade = ambient + (1 - ambient) * np.clip(facing @ direction, 0, 1)
    visible = (rng.random(len(position), dtype=np.float32) < colour[:, 3]) & (column >= 0) & (column < side) & (row >= 0) & (row < side)
    order = np.argsort(camera[visible, 2])
    pixel = (row[visible] * side + column[visible])[order]
    canvas = np.zeros((side * side, 4), np.float32)
    rgb = np.clip(colour[visible, :3] * shade[visible, None], 0, 1)[order]
    canvas[pixel, :3], canvas[pixel, 3] = rgb, 1                       # the nearest point is written last
    canvas = cv2.medianBlur((canvas.reshape(side, side, 4) * 255).astype(np.uint8), 3).astype(np.float32) / 255
    canvas[..., :3] *= canvas[..., 3:]
    small = canvas.reshape(size, 2, size, 2, 4).mean((1, 3))
    alpha = small[..., 3]
    rgb = small[..., :3] / np.maximum(alpha, 1e-6)[..., None]
    out = np.dstack([rgb, np.clip(alpha * 1.15, 0, 1)])
    rows, columns = np.flatnonzero(alpha.max(1) > 0.1), np.flatnonzero(alpha.max(0) > 0.1)
    if len(rows) == 0:
        return None
    out = out[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    return (out * 255).round().astype(np.uint8)
