"""The models in the cache of this machine."""

from typing import Annotated

from fastapi import APIRouter

from facewarden.access.principal import Permission
from facewarden.api.models import Model
from facewarden.models.registry import Registry
from facewarden.server.asking import Asker, may

router = APIRouter(prefix="/api/v1/models", tags=["models"])


@router.get("")
def list_models(asker: Annotated[Asker, may(Permission.MODEL_READ)]) -> list[Model]:
    """List the models by id, as their cards say."""
    chosen = asker.context.settings.models
    embedder = asker.context.store.re_enrolments.serving() or chosen.embedder
    used = {chosen.detector, embedder, chosen.second_embedder}
    return [
        Model(
            model_id=card.model_id,
            kind=card.kind,
            licence=card.licence,
            source=card.source,
            sha256=card.sha256,
            in_use=card.model_id in used,
            calibrated=bool(card.tails),
        )
        for card in Registry(chosen.cache_dir).list()
    ]
