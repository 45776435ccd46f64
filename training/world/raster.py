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
        seen, centre = part.vertices @ basis, part.vertices.mean(0)
        for corners in {len(f) for f in part.faces}:
            numbers = [i for i, f in enumerate(part.faces) if len(f) == corners]
            faces = np.array([part.faces[i] for i in numbers])
            at = part.vertices[faces]                                                              # [faces, corners, 3]
            normal = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]) + np.cross(at[:, 2] - at[:, 0], at[:, -1] - at[:, 0])
            length = np.linalg.norm(normal, axis=1)
            normal /= np.maximum(length, 1e-9)[:, None]
            normal *= np.where((normal * (at.mean(1) - centre)).sum(1) < 0, -1, 1)[:, None]
            facing = normal @ basis[:, 2]
            lit = normal @ sun * np.where(facing >= 0, 1, -1)
            shade = ambient + (1 - ambient) * np.maximum(lit, 0)
            keep = length > 1e-9
            if part.bias and len(part.faces) > 1:
                keep &= facing > 0
            paints = [part.paint if part.paints is None else part.paints.get(i, part.paint) for i in numbers]
            base = np.array([(1, 1, 1) if paint is None else paint for paint in paints]) * shade[:, None]
            flat, far = seen[faces][..., :2], seen[faces][..., 2].mean(1) + part.bias
            for i in np.flatnonzero(keep):
                polygons.append(flat[i])
                body.append(paints[i] is None)
            depth.append(far[keep])
            colour.append(base[keep])
    depth, colour = np.concatenate(depth), np.concatenate(colour)
    points = np.concatenate(polygons)
    low, high = points.min(0), points.max(0)
    scale = size * SUPERSAMPLING / (high - low).max()
    w, h = np.ceil((high - low) * scale / SUPERSAMPLING).astype(int) + 2
    canvas = np.full((h * SUPERSAMPLING, w * SUPERSAMPLING), -1, np.int32)
    ends = np.cumsum([len(p) for p in polygons])
    points = (points - low) * scale + SUPERSAMPLING
    points[:, 1] = canvas.shape[0] - points[:, 1]
    points = np.round(points * 16).astype(np.int32)
    for index in np.argsort(depth).tolist():
        cv2.fillConvexPoly(canvas, points[ends[index] - len(polygons[index]):ends[index]], index, cv2.LINE_8, 4)
    table = np.zeros((len(depth) + 1, 5), np.float32)
    table[:-1, :3], table[:-1, 3], table[:-1, 4] = colour, 1, body
    full = table[canvas]                                                                          # -1 reads the empty last row
    small = cv2.resize(full, (w, h), interpolation=cv2.INTER_AREA)
    small[..., :3] /= np.maximum(small[..., 3:4], 1e-6)
    small[..., 4:] /= np.maximum(small[..., 3:4], 1e-6)
    return (np.clip(small, 0, 1) * 255).round().astype(np.uint8)
