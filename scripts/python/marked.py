"""Puts text into a document between `<!-- MARK:begin -->` and `<!-- MARK:end -->`, or at its end where
it has no such marks yet.

    marked.py DOCUMENT MARK TEXT_FILE
"""

import pathlib
import sys


def replace(document, mark, text):
    path = pathlib.Path(document)
    old = path.read_text()
    begin, end = f"<!-- {mark}:begin -->\n", f"<!-- {mark}:end -->\n"
    text = text.strip("\n") + "\n"
    if begin in old and end in old:
        before, rest = old.split(begin, 1)
        path.write_text(before + begin + text + end + rest.split(end, 1)[1])
    else:
        path.write_text(f"{old.rstrip()}\n\n{begin}{text}{end}")


if __name__ == "__main__":
    replace(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).read_text())
