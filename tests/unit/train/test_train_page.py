"""What the page says of recipes is so."""

import re
import textwrap
from pathlib import Path

import yaml

from facewarden.train.augment.catalogue import build
from facewarden.train.recipe import Recipe
from facewarden.train.recipe_file import load_recipe, shipped

PAGE = (Path(__file__).parents[3] / "docs" / "train.md").read_text()


def test_the_example_is_a_recipe() -> None:
    (text,) = re.findall(r"^(    split: .*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    made = Recipe.model_validate(yaml.safe_load(textwrap.dedent(text)))
    assert build([entry.entry() for entry in made.augment])


def test_the_table_has_every_recipe_and_its_split() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert tuple(sorted(table)) == shipped()
    assert table == {name: load_recipe(name).split for name in shipped()}
