"""A procedural world of desks and shelves: 32 kinds of object from parameters, no asset, no network; a function of seeds alone.

kinds -> shapes (meshes), unknown (things that are none of the kinds) -> raster (sprites) -> instances -> placed (an object where it stands)
surfaces, photographic (pictures) -> place (desk or shelf, its light and camera) -> scene (a place over time) -> drawing (frames, labels) -> dataset (files)
"""
from .kinds import COLOURS, KINDS, UNKNOWN, Kind

__all__ = ["COLOURS", "KINDS", "UNKNOWN", "Kind"]
