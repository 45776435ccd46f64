"""Meshes to sprites: shaded faces painted from the farthest to the nearest."""
import cv2
import numpy as np

SUPERSAMPLING = 2


def sprite(parts, azimuth, elevation, light, size):
    """One view of an instance, seen in parallel projection and cropped.

    azimuth, elevation: radians. light: (azimuth, elevation, ambient share).
    -> [h, w, 5] uint8: r, g, b, alpha, body: where body is 255 the colour is only a shade, to be multiplied with the object's
    colour; larger side `size`."""
    ca, sa, ce, se = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    basis = np.array([[ca, 0, -sa], [-sa * se, ce, -ca * se], [sa * ce, se, ca * ce]]).T        # columns: right, up, towards the camera
    la, le, ambient = light
    sun = np.array([np.cos(le) * np.sin(la), np.sin(le), np.cos(le) * np.cos(la)])
    polygons, depth, colour, body = [], [], [], []
    for part in parts:
        seen = part.vertices @ basis
        centre = part.vertices.mean(0)
        for number, face in enumerate(part.faces):
            corner = part.vertices[face]
            normal = np.cross(corner[1] - corner[0], corner[2] - corner[0]) + np.cross(corner[2] - corner[0], corner[-1] - corner[0])
            length = np.linalg.norm(normal)
            if length < 1e-9:
                continue
            normal /= length
            if normal @ (corner.mean(0) - centre) < 0:
                normal = -normal
            facing = normal @ basis[:, 2]
            if part.bias and facing <= 0 and len(part.faces) > 1:
                continue
            lit = normal @ sun if facing >= 0 else -normal @ sun
            shade = ambient + (1 - ambient) * max(lit, 0.0)
            paint = part.paint if part.paints is None else part.paints.get(number, part.paint)
            polygons.append(seen[face, :2])
            depth.append(seen[face, 2].mean() + part.bias)
            body.append(paint is None)
            colour.append(np.array((1, 1, 1) if paint is None else paint) * shade)
    points = np.concatenate(polygons)
    low, high = points.min(0), points.max(0)
    scale = size * SUPERSAMPLING / (high - low).max()
    w, h = np.ceil((high - low) * scale / SUPERSAMPLING).astype(int) + 2
    canvas = np.full((h * SUPERSAMPLING, w * SUPERSAMPLING), -1, np.int32)
    for index in np.argsort(depth):
        at = (polygons[index] - low) * scale + SUPERSAMPLING
        at[:, 1] = canvas.shape[0] - at[:, 1]
        cv2.fillConvexPoly(canvas, np.round(at * 16).astype(np.int32), int(index), cv2.LINE_8, 4)
    table = np.zeros((len(depth) + 1, 5), np.float32)
    table[:-1, :3], table[:-1, 3], table[:-1, 4] = colour, 1, body
    full = table[canvas]                                                                          # -1 reads the empty last row
    small = cv2.resize(full, (w, h), interpolation=cv2.INTER_AREA)
    small[..., :3] /= np.maximum(small[..., 3:4], 1e-6)
    small[..., 4:] /= np.maximum(small[..., 3:4], 1e-6)
    return (np.clip(small, 0, 1) * 255).round().astype(np.uint8)
