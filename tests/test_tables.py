"""The reported tables against the models that the kit builds."""

import pytest

from gankit import RECIPES, layer_table
from gankit.models.tables import REPORTED_TABLES, REPORTED_TOTALS, format_table, layer_totals

REPORTED = [(recipe, model) for recipe, tables in REPORTED_TABLES.items() for model in tables]


@pytest.mark.parametrize(("recipe", "model"), REPORTED)
def test_model_equals_reported_table_row_by_row(recipe, model):
    built = getattr(RECIPES[recipe].build(), model)
    for ours, reported in zip(layer_table(built), REPORTED_TABLES[recipe][model], strict=True):
        assert ours == reported
    assert layer_totals(built) == REPORTED_TOTALS[recipe][model]


@pytest.mark.parametrize(("recipe", "model"), REPORTED)
def test_reported_rows_add_up_to_the_reported_total(recipe, model):
    totals = REPORTED_TOTALS[recipe][model]
    assert sum(row.params for row in REPORTED_TABLES[recipe][model]) == totals.total
    assert totals.trainable + totals.non_trainable == totals.total


def test_source_b_totals():
    assert REPORTED_TOTALS["dcgan_selu"]["generator"] == (840_705, 840_321, 384)
    assert REPORTED_TOTALS["dcgan_selu"]["discriminator"] == (212_865, 212_865, 0)


def test_format_shows_every_row_and_the_totals():
    rows = REPORTED_TABLES["dcgan_selu"]["generator"]
    text = format_table(rows, REPORTED_TOTALS["dcgan_selu"]["generator"])
    assert len(text.splitlines()) == 1 + len(rows) + 3
    assert "(None, 28, 28, 1)" in text
    assert "840,321" in text


@pytest.mark.parametrize("shape", [(28, 28, 3), (64, 64, 3), (32, 48, 1)])
@pytest.mark.parametrize("name", ["dcgan_selu", "dcgan_leaky", "dense_flowers", "dense_digits"])
def test_recipes_without_labels_build_for_other_images(name, shape):
    gan = RECIPES[name].build(image_shape=shape)
    assert gan.sample(2).shape == (2, *shape)
