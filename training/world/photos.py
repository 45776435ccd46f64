"""Photos of an object as sprites: pictures with transparency as they are, others cut out of a plain background."""
import cv2
import numpy as np
from PIL import Image, ImageOps


def sprite(path, size):
    """-> [h, w, 5] uint8 as raster.sprite gives it, larger side `size`; its body channel is 0: a photo keeps its colours."""
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
        cut = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        picture = picture.convert("RGBA")
    picture.thumbnail((3 * size, 3 * size))
    pixels = np.array(picture)
    if not cut or pixels[..., 3].min() > 200:
        pixels[..., 3] = foreground(pixels[..., :3])
    rows, columns = np.flatnonzero(pixels[..., 3].max(1) > 24), np.flatnonzero(pixels[..., 3].max(0) > 24)
    if len(rows) < 8 or len(columns) < 8:
        raise SystemExit(f"{path}: no object found: photograph it alone, on a plain background that differs from it, or give it transparency")
    crop = Image.fromarray(pixels[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1])
    crop.thumbnail((size, size), Image.LANCZOS)
    out = np.asarray(crop)
    return np.dstack([out, np.zeros(out.shape[:2], np.uint8)])


def foreground(pixels):
    """Mask [h, w] uint8 of what stands out of the border's colours (GrabCut, started from the inner nine tenths)."""
    h, w = pixels.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    box = (max(1, w // 20), max(1, h // 20), w - 2 * max(1, w // 20), h - 2 * max(1, h // 20))
    cv2.grabCut(np.ascontiguousarray(pixels[..., ::-1]), mask, box, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_RECT)
    solid = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    count, regions, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return np.zeros((h, w), np.uint8)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return cv2.GaussianBlur((regions == largest).astype(np.uint8) * 255, (0, 0), 0.8)
