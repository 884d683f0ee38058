"""The only module that turns settings into concrete objects."""

import logging
import os
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
from pydantic import SecretStr
from rich.console import Console

from facewarden.actor import actor
from facewarden.alert.apprise_sink import AppriseOptions, AppriseSink
from facewarden.alert.console_sink import ConsoleSink
from facewarden.alert.email_sink import EmailOptions, EmailSink
from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.alert.mqtt_sink import MqttOptions, MqttSink, MqttTls
from facewarden.alert.sink import Sink
from facewarden.alert.webhook_sink import WebhookOptions, WebhookSink
from facewarden.align.cutter import Cutter, cutter_for
from facewarden.assess.assessor import Assessor
from facewarden.assess.gate import LookGate
from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.assess.quality import Quality
from facewarden.capture.address import parse_address
from facewarden.capture.image import read_image
from facewarden.capture.motion import MotionGate
from facewarden.capture.open import open_source
from facewarden.capture.source import Source
from facewarden.config.camera import CameraSettings
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.config.sinks import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    JsonlSettings,
    MqttSettings,
    SinkSettings,
    TlsSettings,
    WebhookSettings,
)
from facewarden.data import Alert, Image, Watchlist
from facewarden.data.calibration import ImpostorTail
from facewarden.data.presentation import PresentationRule
from facewarden.decide.anchors import NegativeAnchors
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.memory import RecentAlerts
from facewarden.decide.presentation import PresentationFusion
from facewarden.decide.second_opinion import SecondOpinionRule
from facewarden.detect.detector import Detector
from facewarden.detect.mtcnn import Mtcnn
from facewarden.detect.refine import OF_LOOKS_PX, OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.embed.embedder import Embedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ConfigError, InputError, ModelMissing, ModelRefused, StoreError
from facewarden.geometry.region import Region
from facewarden.models.card import ModelCard
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.own_weights import CLIP, OWN
from facewarden.models.registry import Registry
from facewarden.models.session import Session
from facewarden.pipeline.camera import CameraPlan, WatchedCamera
from facewarden.pipeline.close_look import WITHIN, CloseLook
from facewarden.pipeline.enrol import Enroller, Register
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.pipeline.gallery_reading import read_gallery
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import Conditions, PresentationCheck
from facewarden.pipeline.presenting import Presenting
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Route
from facewarden.pipeline.second_opinion import SecondOpinion
from facewarden.pipeline.second_templates import SecondTemplates
from facewarden.pipeline.shown_faces import ShownFaces
from facewarden.store.address import holds_store, sqlite_url
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.retention import RetentionPolicy
from facewarden.thresholds import Thresholds, model_words
from facewarden.track.columnar import ColumnarTracker
from facewarden.track.tracker import Tracker

log = logging.getLogger("facewarden.wiring")

UNLIKE_BELOW = 0.1
"""A new reference less like its subject's others draws a warning: 0.3 % of LFW's genuine pairs are
(2026-11-22, lfw-dev, weighted by person), and 86 % of the impostor pairs."""

RARE_FMR = 1e-6
TOO_LIKE = 0.05
"""An alert by so much above the similarity at RARE_FMR is hardly of somebody else. Of a subject's
own alerts at a rate of 3e-5, rejected by mistake, 91 % are, which do 95 % of the harm; of the 78
false alerts none is (2026-11-22, lfw-dev, `scripts/bench anchors`)."""

ALL_CORES_FROM = 4
"""Below so many cores one thread does all the detecting: decoding needs the others."""


def load(config: Path | None) -> Settings:
    """Read the settings of a file, or the defaults where none is given."""
    return load_settings(config) if config is not None else Settings()


def open_store_from(settings: Settings, *, create: bool = True) -> Store:
    """Open the store with its key; both are made on first use when `create`.

    A key is only ever made together with its store: a new one could not open the old store.

    Raises:
        StoreError: there is no store yet and `create` is not set; or what `open_store` raises.
        KeyRefused: the key is missing, unreadable, readable by others, or of another store.
    """
    place = settings.store.database
    url = sqlite_url(place) if isinstance(place, Path) else place
    new = not holds_store(url)
    if new and not create:
        where = place if isinstance(place, Path) else "that address"
        raise StoreError(
            f"there is no store at {where}", remedy="enrol somebody first, or check --config"
        )
    key = TemplateKey.load(settings.store.key_file, create=new)
    return open_store(url, key, create=create, actor=actor())


@dataclass(frozen=True, slots=True)
class Eyes:
    """The models of one process: every camera shares them.

    Attributes:
        engines: for each model its id, and the engine and precision that it runs on.
        refiner: finds the landmarks of a look again before it is embedded.
        cutter: where the embedder takes another crop than the common one.
    """

    detector: Detector
    assessor: Assessor
    embedder: Embedder
    engines: tuple[tuple[str, str], ...]
    refiner: LandmarkRefiner
    cutter: Cutter | None = None


def make_eyes(settings: Settings) -> Eyes:
    """Load the models that the settings name, on the engine that they name."""
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    seeing = open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    embedder_card, embedder_session = open_session(
        registry, chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    detector = make_detector(seeing)
    return Eyes(
        detector,
        Quality(),
        OnnxEmbedder(embedder_session, embedder_card),
        tuple(
            (card.model_id, f"{session.engine} in {session.precision}")
            for card, session in (*seeing, (embedder_card, embedder_session))
        ),
        LandmarkRefiner(detector, OF_LOOKS_PX),
        cutter_for(embedder_card.input),
    )


def make_embedder(settings: Settings) -> OnnxEmbedder:
    """Load the embedder only, on the engine that the settings name."""
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    return OnnxEmbedder(session, card)


def serving(settings: Settings, store: Store) -> Settings:
    """Return the settings with the embedder whose templates serve, where the store says it.

    A store says it from its first re-enrolment on: templates of another model are of no use.
    """
    model_id = store.re_enrolments.serving()
    if model_id is None or model_id == settings.models.embedder:
        return settings
    log.warning(
        "%s serves, not models.embedder %s: to change it, facewarden re-enrol --to %s",
        *(model_id, settings.models.embedder, settings.models.embedder),
    )
    models = settings.models.model_copy(update={"embedder": model_id})
    return settings.model_copy(update={"models": models})


def make_other_examiner(settings: Settings, eyes: Eyes, model_id: str) -> Examiner:
    """Make what looks at photographs with another embedder than the one that serves.

    Raises:
        ModelMissing, ModelRefused: it cannot be loaded, or is no embedder.
    """
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), model_id, engine=chosen.engine, threads=chosen.threads
    )
    if card.kind != "embedder":
        raise ModelRefused(f"{model_id} is no embedder", found=f"a {card.kind}")
    return _examiner(eyes, OnnxEmbedder(session, card), cutter_for(card.input))


def make_detector(stages: Sequence[tuple[ModelCard, Session]]) -> Detector:
    """Make the detector that the architecture of its card, the first of the stages', names.

    Raises:
        ModelRefused: the card is not a detector's.
    """
    card, session = stages[0]
    match card.architecture:
        case "yunet":
            return YuNet(session, card)
        case "mtcnn":
            return Mtcnn([(session, card) for card, session in stages])
    raise ModelRefused(
        f"{card.model_id} is no detector",
        expected="architecture yunet or mtcnn",
        found=f"a {card.kind}, architecture {card.architecture}",
    )


def _alike_from(embedder: Embedder) -> float:
    """Return the similarity from which two subjects look alike; out of reach if not calibrated."""
    try:
        return embedder.default_threshold
    except ModelRefused as error:
        log.warning("%s; enrolment cannot warn of subjects who look alike", error)
        return 2.0


def make_examiner(eyes: Eyes) -> Examiner:
    """Make what enrolment and identification look at photographs with."""
    return _examiner(eyes, eyes.embedder, eyes.cutter)


def _examiner(eyes: Eyes, embedder: Embedder, cutter: Cutter | None) -> Examiner:
    """Make what looks at photographs with the eyes' detector and any embedder."""
    refiner = LandmarkRefiner(eyes.detector, OF_PHOTOGRAPHS_PX)
    return Examiner(eyes.detector, refiner, eyes.assessor, embedder, EnrolmentLimits(), cutter)


def make_enroller(
    eyes: Eyes,
    store: Store,
    watchlist: str,
    *,
    register: Register | None = None,
    watchlists: Sequence[str] | None = None,
    read: Callable[[Path], tuple[Image, bytes]] = read_image,
    live: LiveClaim | None = None,
) -> Enroller:
    """Make what enrols photographs on a watchlist, which is made if it is new.

    Args:
        register: written to in place of the store's watchlists, by somebody who may not see all.
        watchlists: whose subjects a new reference is compared with; None: all.
        read, live: see `Enroller`.
    """
    store.watchlists.ensure(watchlist)
    if watchlists is None:
        watchlists = [known.name for known in store.watchlists.all()]
    model_id = eyes.embedder.model_id
    # The enroller reads them all, to compare with: one entry of the audit log says so.
    store.watchlists.note_read(
        model_id, watchlists, len(store.watchlists.owners(model_id, watchlists))
    )
    return Enroller(
        make_examiner(eyes),
        register if register is not None else store.watchlists,
        watchlist,
        model_id=model_id,
        watchlists=watchlists,
        alike_from=_alike_from(eyes.embedder),
        unlike_below=UNLIKE_BELOW,
        read=read,
        live=live,
    )


def make_live_claim(settings: Settings) -> LiveClaim:
    """Make what checks that a photograph to be enrolled is of a living person.

    Raises:
        ConfigError: the settings name no model of one picture.
        ModelMissing, ModelRefused: it cannot be loaded.
    """
    if settings.models.presentation_picture is None:
        raise ConfigError(
            "whether a photograph is of a living person cannot be checked",
            expected="models.presentation_picture",
            found="no model",
            remedy="see docs/presentation-attacks.md",
        )
    model = make_presentation_model(settings, settings.models.presentation_picture)
    return LiveClaim(_presentation_check(settings, Metrics(), picture=model))


def too_like_for_an_anchor(settings: Settings, alert: Alert) -> float:
    """Return the similarity from which an alert shows its subject, whoever rejects it.

    That of the card's calibration at a false match rate of 1e-6, and TOO_LIKE more; where there is
    none, what the alert needed, and the lead from which a decision is sure.
    """
    try:
        card, _ = Registry(settings.models.cache_dir).get(alert.model_id)
        kinds = {(point.engine, point.precision) for point in card.calibration}
        known = [card.similarity_at(RARE_FMR, *kind) for kind in kinds]
    except (ModelMissing, ModelRefused):
        known = []
    if known:
        return max(known) + TOO_LIKE
    return alert.threshold + make_rule(settings).sure_above


def make_rule(settings: Settings) -> DecisionRule:
    """Make the rule that turns similarity into an alert."""
    chosen = settings.decision
    return DecisionRule(
        margin=chosen.margin, min_looks=chosen.min_looks, update_every_s=chosen.update_every_s
    )


@dataclass(frozen=True, slots=True)
class SecondModel:
    """A second embedder: the rule by which its opinion counts, and what asks it."""

    rule: SecondOpinionRule
    asking: SecondOpinion


def make_second(settings: Settings, eyes: Eyes, store: Store) -> SecondModel | None:
    """Load the second embedder, where the settings name one.

    Raises:
        ConfigError: it is the first one.
        ModelRefused: one of the two is not calibrated for the engine and precision it runs in.
    """
    chosen = settings.models
    if chosen.second_embedder is None:
        return None
    if chosen.second_embedder == chosen.embedder:
        raise ConfigError(
            "models.second_embedder is the first one",
            expected="another embedder",
            found=chosen.embedder,
        )
    card, session = open_session(
        Registry(chosen.cache_dir), chosen.second_embedder, engine=chosen.engine, threads=1
    )
    embedder, cutter = OnnxEmbedder(session, card), cutter_for(card.input)
    first = make_examiner(eyes)
    second = _examiner(eyes, embedder, cutter)
    return SecondModel(
        SecondOpinionRule(_calibrated(eyes.embedder), _calibrated(embedder)),
        SecondOpinion(
            embedder,
            SecondTemplates(
                store.watchlists,
                first,
                second,
                first_model_id=eyes.embedder.model_id,
                second_model_id=embedder.model_id,
            ),
            ThreadPoolExecutor(1, "second-opinion"),
            cutter=cutter,
            refiner=eyes.refiner,
        ),
    )


def _calibrated(embedder: Embedder) -> ImpostorTail:
    if embedder.tail is None:
        raise ModelRefused(
            f"{model_words(embedder)} is not calibrated, so it cannot be weighed against another",
            remedy=f"facewarden calibrate --model {embedder.model_id} --cohort FOLDER, or leave "
            "models.second_embedder out",
        )
    return embedder.tail


def make_presentation_model(settings: Settings, model_id: str) -> OnnxPresentation:
    """Load a presentation attack detector on the engine that the settings name.

    Raises:
        ModelMissing, ModelRefused: it cannot be loaded, or is none.
    """
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), model_id, engine=chosen.engine, threads=1
    )
    return OnnxPresentation(session, card)


def with_own_presentation(settings: Settings, own: Collection[str] = OWN) -> Settings:
    """Return the settings with our own model of several looks, where they name none.

    Only where it lies in the folder of models: a watch that nobody asks needs no `models fetch`.

    Args:
        own: ids of the models that ship with facewarden.

    Raises:
        ModelRefused: its file is damaged.
    """
    chosen = settings.models
    if chosen.presentation_clip is not None or CLIP not in own:
        return settings
    try:
        Registry(chosen.cache_dir).get(CLIP)
    except ModelMissing:
        return settings
    models = chosen.model_copy(update={"presentation_clip": CLIP})
    return settings.model_copy(update={"models": models})


def make_presentation(settings: Settings, metrics: Metrics) -> PresentationCheck | None:
    """Load the presentation attack detectors that the settings name; None where they name none.

    Raises:
        ConfigError: a model of one look where one of several is wanted, or the other way round.
        ModelMissing, ModelRefused: one cannot be loaded, or is none.
    """
    if not settings.models.presentation:
        return None
    picture, clip = (
        make_presentation_model(settings, one) if one is not None else None
        for one in (settings.models.presentation_picture, settings.models.presentation_clip)
    )
    return _presentation_check(settings, metrics, picture=picture, clip=clip)


def _presentation_check(
    settings: Settings,
    metrics: Metrics,
    *,
    picture: OnnxPresentation | None = None,
    clip: OnnxPresentation | None = None,
) -> PresentationCheck:
    chosen = settings.presentation
    return PresentationCheck(
        picture,
        clip,
        Conditions(chosen.min_face_px, chosen.min_quality),
        PresentationFusion(wait_s=chosen.wait_s),
        metrics,
    )


def make_shown_faces(settings: Settings, *, keep_looks: bool = False) -> ShownFaces:
    """Make what judges the faces of files; it needs a detector and a model, no embedder.

    Raises:
        ConfigError: the settings name no model.
        ModelMissing, ModelRefused: one cannot be loaded.
    """
    check = make_presentation(with_own_presentation(settings), Metrics())
    if check is None:
        raise ConfigError(
            "no model can tell a living person from a picture",
            expected="models.presentation_picture or models.presentation_clip",
            found="neither",
            remedy="see docs/presentation-attacks.md",
        )
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    stages = open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    return ShownFaces(make_detector(stages), Quality(), check, keep_looks=keep_looks)


def make_tracker() -> Tracker:
    """Make the tracker of one clip."""
    return ColumnarTracker()


def require_presentation_models(
    settings: Settings, rules: Mapping[str, PresentationRule], own: Collection[str] = OWN
) -> None:
    """Check that a watchlist which wants to know whether it sees a picture can be told.

    Args:
        rules: by watchlist.
        own: ids of the models that ship with facewarden.

    Raises:
        ConfigError: one does, no model is named, and our own is not there either.
        ModelRefused: our own is damaged.
    """
    asking = [name for name, rule in rules.items() if rule is not PresentationRule.OFF]
    chosen = with_own_presentation(settings, own).models if asking else settings.models
    if asking and not chosen.presentation:
        raise ConfigError(
            f"the watchlist {asking[0]} asks whether a person or a picture is shown, and no model "
            "can tell",
            expected="models.presentation_picture or models.presentation_clip",
            found="neither",
            remedy=("run `facewarden models fetch`, " if CLIP in own else "")
            + "name one (docs/presentation-attacks.md), or do not ask: presentation: off in "
            f"the settings, or `facewarden watchlists set {shlex.quote(asking[0])} "
            "--presentation off`",
        )


def make_close_look(eyes: Eyes, metrics: Metrics, *, within: float = WITHIN) -> CloseLook:
    """Make what embeds the looks of a watch."""
    return CloseLook(
        eyes.embedder, metrics, within=within, refiner=eyes.refiner, cutter=eyes.cutter
    )


def make_route(settings: Settings, eyes: Eyes, store: Store, metrics: Metrics) -> Route:
    """Make the route of a frame."""
    chosen = settings.decision
    cores = os.cpu_count() or 1
    second = make_second(settings, eyes, store)
    check = make_presentation(with_own_presentation(settings), metrics)
    decider = Decider(
        make_rule(settings),
        RecentAlerts(store.alerts, timedelta(seconds=chosen.quiet_period_s)),
        second=second.rule if second is not None else None,
    )
    return Route(
        detector=eyes.detector,
        assessor=eyes.assessor,
        close_look=make_close_look(eyes, metrics),
        decider=decider,
        gate=LookGate(min_quality=chosen.min_quality, max_looks=chosen.max_looks),
        metrics=metrics,
        second=second.asking if second is not None else None,
        presenting=Presenting(check, decider, metrics) if check is not None else None,
        workers=ThreadPoolExecutor(cores // 2, "detect") if cores >= ALL_CORES_FROM else None,
    )


def make_roster(
    store: Store,
    embedder: Embedder,
    watchlists: Sequence[str],
    settings: Settings,
    previous: Roster | None = None,
    members: Mapping[str, Collection[int]] | None = None,
) -> Roster:
    """Read the watchlists as they are now.

    Args:
        watchlists: names of those watched; empty means every one in the store.
        settings: their thresholds and budgets win over the store's; see `thresholds`.
        previous: what was read before: references in its gallery are not decrypted again.
        members: ids of the subjects to look for by watchlist, whoever else is on them; None:
            everybody on them.
    """
    version = store.watchlists.version()
    known = {watchlist.name: watchlist for watchlist in store.watchlists.all()}
    wanted = list(watchlists) or list(known)
    memberships = store.watchlists.memberships(wanted)
    owners = store.watchlists.owners(embedder.model_id, wanted)
    if members is not None:
        memberships = _kept(memberships, members)
        owners = owners[np.isin(owners[:, 0], list(memberships))]
    references = Counter(owners[:, 0].tolist())
    same = previous is not None and previous.gallery.model_id == embedder.model_id
    held = previous.gallery.reference_ids if previous is not None and same else ()
    new = np.setdiff1d(owners[:, 1], held)
    store.watchlists.note_read(embedder.model_id, wanted, len(new))
    thresholds = Thresholds(store, embedder, settings)
    in_force = {
        name: thresholds.of(
            known.get(name, Watchlist(name)),
            [references[one] for one, names in memberships.items() if name in names],
        )
        for name in wanted
    }
    return Roster(
        gallery=read_gallery(
            store.watchlists,
            embedder.model_id,
            owners,
            previous.gallery if previous is not None else None,
        ),
        subjects={
            subject.subject_id: subject
            for subject in store.watchlists.subjects()
            if subject.subject_id in memberships
        },
        thresholds={name: found.threshold for name, found in in_force.items()},
        memberships=memberships,
        version=version,
        in_force=in_force,
        model=model_words(embedder),
        anchors=NegativeAnchors(store.anchors.of_model(embedder.model_id), embedder.model_id),
        presentation=_presentation_rules(wanted, known, settings),
    )


def _presentation_rules(
    names: Sequence[str], known: Mapping[str, Watchlist], settings: Settings
) -> dict[str, PresentationRule]:
    """Return what each watchlist does about presentation attacks: the settings win."""
    said = {entry.name: entry.presentation for entry in settings.watchlists}
    return {name: said.get(name) or known.get(name, Watchlist(name)).presentation for name in names}


def _kept(
    memberships: Mapping[int, tuple[str, ...]], members: Mapping[str, Collection[int]]
) -> dict[int, tuple[str, ...]]:
    """Return the memberships of those who may be looked for."""
    kept = {
        one: tuple(name for name in names if one in members.get(name, ()))
        for one, names in memberships.items()
    }
    return {one: names for one, names in kept.items() if names}


def warn_of_other_anchors(store: Store, embedder: Embedder) -> None:
    """Say that faces rejected under another model are not held back under this one."""
    for model_id, number in store.anchors.models().items():
        if model_id != embedder.model_id:
            log.warning(
                "%s rejected as not a subject: made by %s, not used with %s; alerts of them "
                "have to be rejected again",
                "1 face was" if number == 1 else f"{number} faces were",
                model_id,
                embedder.model_id,
            )


def require_watchlists(store: Store, names: Sequence[str]) -> None:
    """Check that watchlists exist: a name with a slip of the pen must not watch for nobody.

    Raises:
        InputError: the store has no watchlist of one of the names.
    """
    known = {watchlist.name for watchlist in store.watchlists.all()}
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no watchlist {name}",
                expected=", ".join(sorted(known)) or "none yet",
                remedy="facewarden enrol makes a new one",
            )


def make_camera(camera: CameraSettings) -> WatchedCamera:
    """Make the plan and the empty state of one camera."""
    motion = camera.motion
    return WatchedCamera(
        plan=CameraPlan(
            camera_id=camera.id,
            name=camera.display_name,
            location=camera.location,
            detect_size_px=camera.detect_size_px,
            min_confidence=camera.min_confidence,
            min_face_px=camera.min_face_px,
            region=Region(camera.region),
            watchlists=camera.watchlists,
            group=camera.group or "",
        ),
        tracker=ColumnarTracker(start_confidence=camera.min_confidence),
        motion=MotionGate(threshold=motion.threshold, every_s=motion.every_s)
        if motion.enabled
        else None,
        run_id=uuid4().hex,
    )


def make_source(camera: CameraSettings) -> Source:
    """Make the source of one camera; nothing is opened yet."""
    address = parse_address(
        camera.source,
        username=camera.username or "",
        password=_revealed(camera.password),
    )
    return open_source(
        address,
        camera_id=camera.id,
        analyse_fps=camera.analyse_fps,
        realtime=camera.realtime,
        loop=camera.loop,
        stall_timeout_s=camera.stall_timeout_s,
        verify_tls=camera.verify_tls,
        ca_file=camera.ca_file,
    )


def make_sink(sink: SinkSettings, console: Console | None = None) -> Sink:
    """Make one sink; nothing is connected yet. A console sink prints on `console`, or stderr."""
    snapshot = sink.include_snapshot
    match sink:
        case MqttSettings():
            broker = MqttOptions(
                sink.host,
                sink.port,
                client_id=sink.client_id,
                topic_prefix=sink.topic_prefix,
                username=sink.username or "",
                password=_revealed(sink.password),
                tls=_tls(sink.tls),
                include_snapshot=snapshot,
            )
            return MqttSink(sink.name, broker)
        case WebhookSettings():
            receiver = WebhookOptions(
                _revealed(sink.url),
                secret=_revealed(sink.secret),
                timeout_s=sink.timeout_s,
                ca_file=sink.ca_file,
                include_snapshot=snapshot,
            )
            return WebhookSink(sink.name, receiver)
        case EmailSettings():
            server = EmailOptions(
                sink.host,
                sink.port,
                sink.sender,
                sink.recipients,
                security=sink.security,
                ca_file=sink.ca_file,
                username=sink.username or "",
                password=_revealed(sink.password),
                include_snapshot=snapshot,
            )
            return EmailSink(sink.name, server)
        case AppriseSettings():
            services = AppriseOptions([_revealed(url) for url in sink.urls], snapshot)
            return AppriseSink(sink.name, services)
        case JsonlSettings():
            return JsonlSink(sink.name, JsonlOptions(sink.path, snapshot))
        case ConsoleSettings():
            return ConsoleSink(sink.name, console=console or Console(stderr=True))


def _tls(tls: TlsSettings | None) -> MqttTls | None:
    return MqttTls(tls.ca_file, tls.cert_file, tls.key_file) if tls is not None else None


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def make_retention(settings: Settings) -> RetentionPolicy:
    """Make the policy by which records are deleted."""
    keep = settings.store.retention
    expired = keep.expired_subjects_days
    return RetentionPolicy(
        alerts=timedelta(days=keep.alerts_days),
        anchors=timedelta(days=keep.anchors_days),
        sightings=timedelta(days=keep.sightings_days),
        activity=timedelta(days=keep.activity_days),
        audit=timedelta(days=keep.audit_days),
        deliveries=timedelta(days=keep.deliveries_days),
        expired_subjects=timedelta(days=expired) if expired is not None else None,
    )
