"""Markdown."""


def markdown_table(head, rows):
    """Returns a table; every cell is converted to text."""
    lines = [head, ["---"] * len(head), *rows]
    cells = (" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in lines)
    return "".join(f"| {row} |\n" for row in cells)
