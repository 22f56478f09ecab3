"""The same four nets on OpenCV's DNN module, one thread: the peer of `bench -- face`.

Reads one JSON object a line and answers each with one. {"models": DIR, "manifest": FILE} opens; {"frame": FILE} runs the
whole chain on a JPEG and answers with its milliseconds and the embedding. Clocked here, so that the pipe costs nothing.
"""
import json
import os
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)


def letterbox(picture, spec):
    width, height = spec["input"]["width"], spec["input"]["height"]
    scale = min(width / picture.shape[1], height / picture.shape[0])
    small = cv2.resize(picture, (round(picture.shape[1] * scale), round(picture.shape[0] * scale)))
    x, y = (width - small.shape[1]) // 2, (height - small.shape[0]) // 2
    canvas = np.full((height, width, 3), spec["border"], np.uint8)
    canvas[y:y + small.shape[0], x:x + small.shape[1]] = small
    return canvas, scale, x, y


def crop(picture, left, top, side, out):
    """A square of the picture in the net's size; edge pixels continued outside."""
    scale = side / out
    to_picture = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]], np.float64)
    return cv2.warpAffine(picture, to_picture, (out, out), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def similarity(source, goal):
    """Least squares, as the shipped chain (Umeyama 1991, without reflections)."""
    source, goal = np.asarray(source), np.asarray(goal)
    a, b = source - source.mean(0), goal - goal.mean(0)
    along, across = (a * b).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    c, s = along / (a * a).sum(), across / (a * a).sum()
    turn = np.array([[c, -s], [s, c]])
    return np.hstack([turn, (goal.mean(0) - turn @ source.mean(0))[:, None]])


class Chain:
    def __init__(self, models, manifest):
        with open(manifest, encoding="utf8") as file:
            self.nets_spec = json.load(file)["nets"]
        self.nets = {role: cv2.dnn.readNetFromONNX(os.path.join(models, spec["file"])) for role, spec in self.nets_spec.items()}

    def run(self, role, image, names=None):
        spec, net = self.nets_spec[role]["input"], self.nets[role]
        net.setInput(cv2.dnn.blobFromImage(image, 1 / spec["divide"], (spec["width"], spec["height"]), (spec["subtract"],) * 3, swapRB=spec["channels"] == "RGB"))
        return net.forward(names) if names else net.forward()

    def embed(self, jpeg):
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        spec = self.nets_spec["detect"]
        canvas, scale, x, y = letterbox(picture, spec)
        scores, boxes = self.run("detect", canvas, [spec["scores"], spec["boxes"]])
        best = int(scores[0, :, 1].argmax())
        size = np.array([spec["input"]["width"], spec["input"]["height"]] * 2)
        left, top, right, bottom = (boxes[0, best] * size - np.array([x, y, x, y])) / scale
        side = (bottom - top) * self.nets_spec["landmark"]["cropScale"]
        corner = np.array([(left + right - side) / 2, (top + bottom - side) / 2])
        face = crop(picture, corner[0], corner[1], side, self.nets_spec["landmark"]["input"]["width"])
        points = self.run("landmark", cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)).reshape(-1, 2)
        five = [corner + points[group].mean(0) * side for group in self.nets_spec["landmark"]["fivePoints"]]
        live = self.nets_spec["liveness"]
        context = min((bottom - top) * live["looks"][0]["cropScale"], picture.shape[1], picture.shape[0])
        inside = lambda middle, limit: min(max(middle - context / 2, 0), limit - context)
        self.run("liveness", crop(picture, inside((left + right) / 2, picture.shape[1]), inside((top + bottom) / 2, picture.shape[0]), context, live["input"]["width"]))
        spec = self.nets_spec["embed"]
        aligned = cv2.warpAffine(picture, similarity(five, spec["template"]), (spec["input"]["width"], spec["input"]["height"]))
        vector = self.run("embed", aligned).reshape(-1)
        return vector / np.linalg.norm(vector)


chain = None
for line in sys.stdin:
    order = json.loads(line)
    try:
        if "models" in order:
            chain = Chain(order["models"], order["manifest"])
            answer = {"opencv": cv2.__version__}
        else:
            with open(order["frame"], "rb") as file:
                jpeg = file.read()
            since = time.perf_counter()
            embedding = chain.embed(jpeg)
            answer = {"ms": (time.perf_counter() - since) * 1e3, "embedding": embedding.tolist()}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps(answer), flush=True)
