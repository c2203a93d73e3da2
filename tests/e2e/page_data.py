"""What a report page holds: python3 page_data.py PAGE EXPRESSION prints the expression's value, where `d` is the page's block of
data, `runs` its runs, `run` the first one, and `column(table, name)` a column as a list. Reads the page as a browser does: the
block ends at the first </script."""
import json
import re
import sys


def read(path):
    text = open(path, encoding="utf-8").read()
    block = re.search(r'<script id="data" type="application/json">(.*?)</script', text, re.S)
    if not block:
        sys.exit(f"{path}: no data in it")
    return json.loads(block.group(1))


def column(table, name):
    cells = table["columns"][name]
    return cells if isinstance(cells, list) else [cells["words"][i] for i in cells["at"]]


if __name__ == "__main__":
    d = read(sys.argv[1])
    print(eval(sys.argv[2], {"d": d, "runs": d["runs"], "run": d["runs"][0], "column": column}))
