"""Texts that are made to cost much more than they are."""

MAX_TEXT = 8_000  # characters, as settings.py says


def table(columns: int, rows: int, row: str = "|") -> str:
    return "|" * columns + "|\n" + "|-" * columns + "|\n" + f"{row}\n" * rows + "\n"


WORST = {
    "five tables of 256 empty columns": table(256, 256, "x") * 5,
    "small tables": table(16, 40) * 60,
    "one wide table": table(2_000, 100),
    "cells": "|a|b|\n|-|-|\n" + "|a|b|\n" * 1_400,
    "a table after a table": table(3, 2) * 400,
    "deep lists": "- - - - - - - - - a\n" * 400,
    "empty items": "* \n" * 2_666,
    "empty items in a quote": ">-\n" * 2_666,
    "addresses in a label": "![http://a.b/c_d(e" * 5 + "éhttp://a.b/c_d(e" * 460 + "**",
    "lists in quotes": "> - > 1. > - a\n" * 600,
    "no end of a link": "[a](b" * 1_600,
    "no end of an address": "![b]([a](" * 60 + "<!--" * 1_850,
    "escaped ends of addresses": ("[a](\\)" + "x" * 60) * 121,
    "addresses over lines": ("[a](\\\n" + "x" * 40) * 165,
    "addresses over wide spaces": ("[a](\u3000" + "x" * 240) * 32,
    "angles": "<" * 7_999 + ">",
    "half autolinks": "<a:" * 2_600 + ">",
    "no end of a title": "[a](b 'c" * 1_000,
    "definitions": "".join(f"[{i}]: http://x/{i}\n\n" for i in range(500)),
    "definitions used": "[a]: http://x\n\n" + "[a]" * 2_600,
    "pictures": "![" * 2_000 + "](http://a)" * 360,
    "brackets in an address": "http://a/" + "(" * 4_000 + ")" * 3_900,
    "addresses in addresses": "http://ا@ann/" * 620,
    "hosts after hosts": "http://ا" * 1_000,
    "addresses without a scheme": "#www.a.bc" * 880,
    "ends of addresses without a scheme": "www.a.bc#)" * 800,
    "ends of addresses": "http://a/)" * 800,
    "brackets after addresses": "http://a/((" * 720,
    "strong and weak": "**a *b " * 1_100,
    "runs of backticks": "".join("`" * i + "a" for i in range(1, 126)),
    "backticks": "`a``" * 2_000,
    "a row of backticks": "`" * 7_980 + "a:tada: ``",
    "faces": ":) " * 2_600,
    "names of emoji": ":tada:" * 1_300,
    "colons": ":" * 8_000,
    "half a name of an emoji": ":a" * 4_000,
    "indented": "    a\n\n" * 1_150,
    "mail": "a@b.cc " * 1_140,
    "half a mail": "a@b." * 2_000,
    "dots": "a." * 4_000,
    "one mail": "a" * 64 + "@" + "b." * 3_900,
    "hidden": "\u200b" * 8_000,
    "dunder": "__a__." * 1_300,
    "no end of a dunder": "__a" * 2_600,
    "underscores": "__" + "a_" * 3_900,
    "entities": "&#1234567;" * 800,
}
