"""The dashboard's file is what its code makes, and its panels are in order."""

import itertools

import pytest

from deploy.grafana import dashboard as code
from deploy.grafana.panels import DATA_SOURCE, Json

_WIDTH = 24
_NARROWEST_CHART = 6  # a quarter of a laptop's screen: under that, legends do not fit


@pytest.fixture(scope="module")
def panels() -> list[Json]:
    every: list[Json] = code.dashboard()["panels"]
    return every


def test_the_committed_file_is_what_the_code_makes() -> None:
    assert code.FILE.read_bytes() == code.text().encode(), "python -m deploy.grafana.dashboard"


def test_panels_fill_their_lines_and_do_not_overlap(panels: list[Json]) -> None:
    places = [panel["gridPos"] for panel in panels]
    bottom = 0
    for top, line in itertools.groupby(places, key=lambda place: place["y"]):
        across = list(line)
        assert top == bottom
        assert len({place["h"] for place in across}) == 1
        edges = [place["x"] for place in across] + [_WIDTH]
        assert edges == [0, *itertools.accumulate(place["w"] for place in across)]
        bottom = top + across[0]["h"]


def test_every_panel_says_what_it_shows(panels: list[Json]) -> None:
    shown = [panel for panel in panels if panel["type"] != "row"]
    assert len({panel["title"] for panel in shown}) == len(shown)
    for panel in shown:
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"] == DATA_SOURCE, panel["title"]
        if panel["type"] == "timeseries":
            assert panel["gridPos"]["w"] >= _NARROWEST_CHART, panel["title"]
            assert all(target["legendFormat"] != "__auto" for target in panel["targets"])


def test_numbers_of_panels_are_unique_and_annotations_use_them(panels: list[Json]) -> None:
    numbers = [panel["id"] for panel in panels]
    assert len(set(numbers)) == len(numbers)
    for annotation in code.dashboard()["annotations"]["list"]:
        assert set(annotation["filter"]["ids"]) <= set(numbers)


def test_series_that_look_different_are_there(panels: list[Json]) -> None:
    for panel in panels:
        legends = [target["legendFormat"] for target in panel.get("targets", ())]
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            name = override["matcher"]["options"]
            # a legend's label stands at its end, and its values are not known here
            assert any(name.startswith(legend.partition("{{")[0]) for legend in legends), name
