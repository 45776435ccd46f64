"""A procedural world of desks and shelves: 32 kinds of object from parameters, no asset, no network; a function of seeds alone.

kinds -> shapes (meshes) -> raster (sprites) -> instances -> scene (a place over time, its frames and labels) -> dataset (files)
"""
from .kinds import COLOURS, KINDS, Kind

__all__ = ["COLOURS", "KINDS", "Kind"]
