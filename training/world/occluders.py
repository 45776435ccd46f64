"""What comes between the camera and the place for a moment: a hand on its arm."""
import cv2
import numpy as np

from .size import HEIGHT, WIDTH

SKIN = ((236, 196, 170), (224, 172, 136), (198, 140, 104), (160, 106, 74), (112, 74, 52), (74, 50, 38))


def hand(rng):
    """An arm that reaches in from the left, the right or the near border -> [HEIGHT, WIDTH, 4] uint8."""
    colour, alpha = np.zeros((HEIGHT, WIDTH, 3), np.float32), np.zeros((HEIGHT, WIDTH), np.uint8)
    tone = np.array(SKIN[int(rng.integers(len(SKIN)))]) * rng.uniform(0.9, 1.08)
    border = int(rng.integers(3))
    start = np.array([(-40, rng.uniform(0.2, 1) * HEIGHT), (WIDTH + 40, rng.uniform(0.2, 1) * HEIGHT), (rng.uniform(0.1, 0.9) * WIDTH, HEIGHT + 40)][border])
    palm = rng.uniform((0.2 * WIDTH, 0.25 * HEIGHT), (0.8 * WIDTH, 0.8 * HEIGHT))
    along = palm - start
    length = np.hypot(*along)
    along /= length
    across, size = np.array([-along[1], along[0]]), rng.uniform(30, 62)      # half the palm's width

    def limb(a, b, wide, narrow, paint):
        way = (b - a) / max(np.hypot(*(b - a)), 1e-6)
        side = np.array([-way[1], way[0]])
        for target, value in ((colour, [float(v) for v in paint]), (alpha, 255)):
            cv2.fillPoly(target, [np.int32([a + side * wide, b + side * narrow, b - side * narrow, a - side * wide])], value, cv2.LINE_AA)
            cv2.circle(target, tuple(int(v) for v in b), int(narrow), value, -1, cv2.LINE_AA)

    limb(start, palm, size * 0.95, size * 0.7, tone * 0.94)
    fist = rng.random() < 0.3
    for finger in range(5):
        angle = np.radians((finger - 2) * rng.uniform(11, 17) + (55 if finger == 4 else 0) * rng.choice([1, 0.6]))
        way = along * np.cos(angle) + across * np.sin(angle)
        root = palm + across * (finger - 2) * size * 0.38 + along * size * 0.4
        limb(root, root + way * size * (0.5 if fist else rng.uniform(1.0, 1.6)), size * 0.24, size * 0.19, tone * rng.uniform(0.92, 1.04))
    for target, value in ((colour, [float(v) for v in tone]), (alpha, 255)):
        cv2.ellipse(target, (tuple(palm), (2.1 * size, 2.3 * size), float(np.degrees(np.arctan2(along[1], along[0])))), value, -1, cv2.LINE_AA)
    if rng.random() < 0.65:                                              # a sleeve
        limb(start, start + along * length * rng.uniform(0.35, 0.8), size * 1.25, size * 1.1, rng.uniform(20, 235, 3))
    shade = cv2.GaussianBlur(alpha, (0, 0), size * 0.35).astype(np.float32) / 255
    colour *= (0.6 + 0.45 * shade)[..., None]                           # darker to its edge
    alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.8, 3))        # it is near the lens and moves
    return np.dstack([np.clip(cv2.GaussianBlur(colour, (0, 0), 1.5), 0, 255).astype(np.uint8), alpha])
