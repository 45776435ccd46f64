"""Made-up functions that an application declares: their declarations, questions and instructions that ask for them, their calls and responses, in the published syntax.

The functions mean nothing: what is learnt is to read a declaration, to take the name and the arguments from it and from the request, and to leave it when none fits.

words -> invented -> forms; syntax -> requests
"""
from .forms import Function, Parameter, draw
from .requests import ask, instruction, request
from .syntax import call, declaration, declarations, response
from .words import HELD, TRAINED

__all__ = ["HELD", "TRAINED", "Function", "Parameter", "ask", "call", "declaration", "declarations", "draw", "instruction", "request", "response"]
