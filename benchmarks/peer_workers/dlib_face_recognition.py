"""face_recognition on dlib, as its README calls it: HOG detector, five landmarks, ResNet."""

# mypy: disable-error-code="import-not-found,import-untyped"

from importlib.metadata import version

import face_recognition
from serve import nearest_centre, serve


def embed(path: str) -> object:
    image = face_recognition.load_image_file(path)
    found = face_recognition.face_locations(image)
    if not found:
        return None
    boxes = [(left, top, right, bottom) for top, right, bottom, left in found]
    place = found[nearest_centre(boxes, image.shape[1], image.shape[0])]
    return face_recognition.face_encodings(image, [place])[0]


serve(embed, f"face_recognition {version('face_recognition')}, dlib {version('dlib-bin')}")
