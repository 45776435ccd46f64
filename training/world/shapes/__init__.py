"""Parametric meshes: SHAPES[name](generator) -> parts of one instance."""
from . import kitchen, office, things

SHAPES = {name: function for module in (kitchen, office, things) for name, function in vars(module).items()
          if callable(function) and getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")}
SHAPES["box"] = SHAPES.pop("box_")
