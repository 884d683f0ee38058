"""Which looks are kept and when models are asked; models of brightness stand for real ones."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.assess.presentation import Judgement, PresentationModel
from facewarden.data import Float32, Image
from facewarden.data.presentation import PresentationVerdict
from facewarden.decide.presentation import PresentationFusion
from facewarden.errors import ConfigError
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import Conditions, PresentationCheck, Shown
from factories import NOW, after
from small_presentation import add_brightness

BOX = np.array([100, 100, 180, 200], np.float32)
NOBODY_ELSE = np.zeros((0, 4), np.float32)
BRIGHT, DARK = 200, 20
CONDITIONS = Conditions(min_face_px=64, min_quality=0.35)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[int, OnnxPresentation]:
    folder = tmp_path_factory.mktemp("brightness")
    registry = Registry(folder / "cache")
    opened = {}
    for looks in (1, 5):
        card = add_brightness(registry, folder, looks)
        opened[looks] = OnnxPresentation(
            open_session(registry, card.model_id, engine="onnxruntime")[1], card
        )
    return opened


class Counting:
    """A model that notes how many clips it was asked about."""

    def __init__(self, model: OnnxPresentation, fails: bool = False) -> None:
        self.model = model
        self.asked: list[int] = []
        self.fails = fails
        self.model_id, self.looks = model.model_id, model.looks
        self.factor, self.size_px = model.factor, model.size_px

    def judge(self, clips: NDArray[np.uint8]) -> Judgement:
        self.asked.append(len(clips))
        if self.fails:
            raise RuntimeError("out of order")
        return self.model.judge(clips)

    def live(self, clips: NDArray[np.uint8]) -> Float32:
        return self.judge(clips).live


def picture(grey: int = BRIGHT) -> Image:
    return np.full((300, 400, 3), grey, np.uint8)


def check(
    picture: PresentationModel | None,
    clip: PresentationModel | None,
    metrics: Metrics | None = None,
) -> PresentationCheck:
    return PresentationCheck(picture, clip, CONDITIONS, PresentationFusion(), metrics or Metrics())


def show(
    desk: PresentationCheck,
    shown: Shown,
    times: list[float],
    grey: int = BRIGHT,
    *,
    ask: bool = True,
) -> None:
    """Show a face at some times, and ask after each."""
    for at in times:
        desk.keep(shown, picture(grey), BOX, NOBODY_ELSE, 0.9, after(at))
        if ask:
            desk.ask([(shown, after(at))])


class TestWhoIsAsked:
    def test_first_the_picture_then_the_clip_then_seldom(
        self, models: dict[int, OnnxPresentation]
    ) -> None:
        one, five = Counting(models[1]), Counting(models[5])
        desk = check(one, five)
        shown = desk.track()
        show(desk, shown, [0.0])
        assert (one.asked, five.asked) == ([1], [])
        assert shown.known.at(NOW).verdict is PresentationVerdict.UNSETTLED
        show(desk, shown, [0.2, 0.4, 0.6, 0.8])
        assert (one.asked, five.asked) == ([1], [1])
        assert shown.known.at(after(0.8)).verdict is PresentationVerdict.BONA_FIDE
        show(desk, shown, [0.8 + 0.2 * n for n in range(1, 100)])  # 20 s
        # At 0 the one, at 0.8 the other; then both at 2.8, 6.8 and 12.8, and next at 20.8.
        assert (one.asked, five.asked) == ([1] * 4, [1] * 4)

    def test_both_at_once_where_looks_are_there_already(
        self, models: dict[int, OnnxPresentation]
    ) -> None:
        one, five = Counting(models[1]), Counting(models[5])
        desk = check(one, five)
        shown = desk.track()
        show(desk, shown, [0.0, 0.2, 0.4, 0.6, 0.8], DARK, ask=False)
        assert one.asked == []
        desk.ask([(shown, after(0.8))])
        assert (one.asked, five.asked) == ([1], [1])
        said = shown.known.at(after(0.8))
        assert (said.verdict, said.looks) == (PresentationVerdict.ATTACK, 5)
        assert said.models == ("brightness-1", "brightness-5")

    def test_tracks_of_a_step_make_one_batch(self, models: dict[int, OnnxPresentation]) -> None:
        one, five = Counting(models[1]), Counting(models[5])
        desk = check(one, five)
        tracks = [desk.track() for _ in range(4)]
        for number, shown in enumerate(tracks):
            show(desk, shown, [0.2 * n for n in range(number + 2)], ask=False)
        desk.ask([(shown, after(1)) for shown in tracks])
        assert (one.asked, five.asked) == ([4], [1])

    def test_one_picture_alone_is_asked_twice(self, models: dict[int, OnnxPresentation]) -> None:
        one = Counting(models[1])
        desk = check(one, None)
        shown = desk.track()
        show(desk, shown, [0.0, 0.2, 0.4, 0.6])
        assert one.asked == [1, 1]
        assert shown.known.at(after(0.6)).verdict is PresentationVerdict.BONA_FIDE
        assert not shown.looks

    def test_never_twice_about_the_same_looks(self, models: dict[int, OnnxPresentation]) -> None:
        one, five = Counting(models[1]), Counting(models[5])
        desk = check(one, five)
        shown = desk.track()
        show(desk, shown, [0.0, 0.2, 0.4, 0.6, 0.8])
        for at in range(3, 30):
            desk.ask([(shown, after(at))])
        assert (one.asked, five.asked) == ([1, 1], [1])  # the better picture of 0.2 to 0.8

    def test_a_model_that_fails_is_not_asked_again(
        self, models: dict[int, OnnxPresentation], caplog: pytest.LogCaptureFixture
    ) -> None:
        five = Counting(models[5], fails=True)
        desk = check(None, five)
        shown = desk.track()
        show(desk, shown, [0.2 * n for n in range(30)])
        assert five.asked == [1]
        said = shown.known.at(after(1))
        assert said.verdict is PresentationVerdict.NOT_ASSESSED
        assert said.reason == "brightness-5 failed"
        assert "out of order" in caplog.text


class TestLooks:
    @pytest.mark.parametrize(
        ("times", "kept"),
        [
            ([0, 0.2, 0.4, 0.6, 0.8, 1.0], 5),
            ([0, 0.1, 0.2, 0.3, 0.4], 5),
            ([0, 0.04, 0.08, 0.12, 0.16], 2),
            ([0, 0.2, 0.4, 1.4, 1.6], 2),
            ([0, 1, 2, 3], 1),
        ],
        ids=["latest", "10 a second", "25 a second", "out of sight", "too seldom"],
    )
    def test_are_apart_as_the_model_learnt_it(
        self, models: dict[int, OnnxPresentation], times: list[float], kept: int
    ) -> None:
        desk = check(None, models[5])
        shown = desk.track()
        show(desk, shown, times, ask=False)
        assert len(shown.looks) == kept

    def test_of_a_camera_that_sends_too_seldom_nothing_is_known_and_why(
        self, models: dict[int, OnnxPresentation]
    ) -> None:
        desk = check(None, models[5])
        shown = desk.track()
        show(desk, shown, [0, 1, 2, 3])
        said = shown.known.at(after(3))
        assert said.verdict is PresentationVerdict.NOT_ASSESSED
        assert said.reason == "1 of 5 looks; looks more than 0.65 s apart"

    @pytest.mark.parametrize(
        ("box", "quality", "reason"),
        [
            (BOX * 0.5, 0.9, "no look; face lower than 64 px"),
            (BOX, 0.2, "no look; quality below 0.35"),
            (BOX, float("nan"), "no look; quality below 0.35"),
        ],
    )
    def test_that_say_nothing_are_not_kept(
        self,
        models: dict[int, OnnxPresentation],
        box: np.ndarray[tuple[int], np.dtype[np.float32]],
        quality: float,
        reason: str,
    ) -> None:
        desk = check(models[1], models[5])
        shown = desk.track()
        desk.keep(shown, picture(), box, NOBODY_ELSE, quality, NOW)
        desk.ask([(shown, NOW)])
        assert not shown.looks
        assert shown.best is None
        assert shown.known.at(after(2)).reason == reason

    def test_the_picture_is_the_best_look_since_the_last_answer(
        self, models: dict[int, OnnxPresentation]
    ) -> None:
        desk = check(models[1], None)
        shown = desk.track()
        for grey, quality in ((50, 0.5), (BRIGHT, 0.9), (60, 0.7)):
            desk.keep(shown, picture(grey), BOX, NOBODY_ELSE, quality, NOW)
        assert shown.best is not None
        assert shown.best.mean() == BRIGHT
        desk.ask([(shown, NOW)])
        assert shown.best is None

    def test_are_cut_out_only_where_somebody_will_be_asked(
        self, models: dict[int, OnnxPresentation]
    ) -> None:
        desk = check(None, models[5])
        shown = desk.track()
        show(desk, shown, [0.0, 0.2, 0.4, 0.6, 0.8])  # asked, and next at 2.8
        show(desk, shown, [1.0, 1.2])
        assert not shown.looks
        show(desk, shown, [1.4, 1.6, 1.8])
        assert len(shown.looks) == 3
        for at in (3.0, 3.2):
            desk.keep(shown, picture(), BOX, NOBODY_ELSE, 0.9, after(at), always=True)
        assert len(shown.looks) == 2

    def test_a_face_that_leaves_the_picture(self, models: dict[int, OnnxPresentation]) -> None:
        desk = check(models[1], models[5])
        shown = desk.track()
        for step in range(5):
            desk.keep(shown, picture(), BOX + 45 * step, NOBODY_ELSE, 0.9, after(0.2 * step))
        desk.ask([(shown, after(1))])
        assert shown.known.at(after(1)).settled


class TestStrip:
    def strip(
        self,
        models: dict[int, OnnxPresentation],
        others: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    ) -> Image:
        desk = check(None, models[5])
        shown = desk.track()
        assert desk.strip(shown) is None
        image = np.tile(np.arange(400) // 25 % 2 * np.uint8(250), (300, 1))
        image = np.stack([image] * 3, axis=-1).astype(np.uint8)
        for step in range(5):
            desk.keep(shown, image, BOX, others, 0.9, after(0.2 * step))
        desk.ask([(shown, after(1))])
        strip = desk.strip(shown)
        assert strip is not None
        assert (strip.width_px, strip.height_px) == (800, 160)
        decoded = cv2.imdecode(np.frombuffer(strip.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        return np.asarray(decoded, np.uint8)

    def test_shows_the_looks_side_by_side(self, models: dict[int, OnnxPresentation]) -> None:
        far = np.array([[300, 0, 390, 90]], np.float32)
        assert self.strip(models, far)[:40, :160, 1].std() > 40

    def test_shows_nobody_else(self, models: dict[int, OnnxPresentation]) -> None:
        """Stripes are gone but where the face is."""
        near = np.array([[200, 100, 260, 190]], np.float32)
        strip = self.strip(models, near)
        assert strip[:30, :160, 1].std() < 15
        assert strip[60:100, 60:100, 1].std() > 30

    def test_is_not_there_without_several_looks(self, models: dict[int, OnnxPresentation]) -> None:
        desk = check(models[1], None)
        shown = desk.track()
        show(desk, shown, [0, 0.2])
        assert desk.strip(shown) is None


@pytest.mark.parametrize(
    ("picture_looks", "clip_looks", "words"),
    [(0, 0, "needs a model"), (5, 0, "presentation_picture"), (1, 1, "presentation_clip")],
)
def test_models_in_the_wrong_place(
    models: dict[int, OnnxPresentation], picture_looks: int, clip_looks: int, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        check(models.get(picture_looks), models.get(clip_looks))


def test_what_it_costs_is_measured(models: dict[int, OnnxPresentation]) -> None:
    metrics = Metrics()
    desk = check(models[1], models[5], metrics)
    show(desk, desk.track(), [0.0, 0.2, 0.4, 0.6, 0.8])
    counted = {name: items for name, (items, _) in metrics.snapshot().items()}
    assert counted == {"presentation picture": 1, "presentation clip": 1}
