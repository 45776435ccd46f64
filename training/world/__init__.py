"""A procedural world of desks and shelves: 32 kinds of object from parameters, no asset, no network; a function of seeds alone.

kinds -> shapes (meshes) -> raster (sprites) -> bank (all sprites) -> scene (a frame) -> episode (four frames) -> dataset (files)
"""
from .kinds import COLOURS, KINDS, Kind

__all__ = ["COLOURS", "KINDS", "Kind"]
