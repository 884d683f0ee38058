"""The seed's tables: what is known of its figures, ours beside them, nothing made up."""

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.presentation_seed import FRAMES, LOSSES, OurModel, seed_tables

ACER = Estimate(0.05, 0.02, 0.08, 9)


def test_the_only_figure_of_the_seed_is_the_one_at_hand() -> None:
    losses, frames, protocols = seed_tables([OurModel("ours", "arcface", 5, ACER)], "3")
    seeds = [row[1] for table in (losses, frames, protocols) for row in table.rows]
    assert [cell for cell in seeds if "%" in str(cell)] == ["11.26 %"]
    assert ("ArcFace", "best, figure not at hand", ACER, "ours") in losses.rows
    assert ("CosFace", "not at hand", None, "-") in losses.rows
    assert len(losses.rows) == len(LOSSES)
    assert [row[0] for row in frames.rows] == [str(one) for one in FRAMES]
    assert ("3", "11.26 %", "8.31 +- 3.81 %", ACER, "ours") in protocols.rows
    assert ("1", "not at hand", "3.58 %", None, "-") in protocols.rows


def test_figures_of_other_clips_stand_in_a_row_of_their_own() -> None:
    frames, protocols = seed_tables([OurModel("ours", "", 1, ACER)])
    assert ("1", None, ACER, "ours") in frames.rows
    assert protocols.rows[-1] == ("these clips", None, None, ACER, "ours")
    assert all(row[3] is None for row in protocols.rows[:-1])


def test_two_models_of_one_loss_have_a_row_each() -> None:
    ours = [OurModel("a", "arcface", 5, ACER), OurModel("b", "ArcFace", 3, ACER)]
    losses, frames, _ = seed_tables(ours)
    assert [row[3] for row in losses.rows if row[0] == "ArcFace"] == ["a", "b"]
    assert [row[3] for row in frames.rows] == ["-", "b", "a"]


def test_without_a_model_there_is_no_table() -> None:
    assert seed_tables([]) == ()
