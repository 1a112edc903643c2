"""The colors of figures. In SVG each becomes a class, so that the site draws it in the colors of its theme."""

INK = "#101010"  # text, axes
QUIET = "#505050"  # second text, lines of reference
RULE = "#c0c0c0"  # grids
PAPER = "#ffffff"
WASH = "#f0f0f0"  # background of boxes and regions
BLUE, ORANGE, GREEN = "#0b5394", "#b45f06", "#2e7d32"  # over 4.5:1 on white; told apart by line style or text too
BLUE_WASH, ORANGE_WASH, GREEN_WASH = "#dbe6f4", "#fbe6d0", "#dff0e0"

CLASSES = {
    INK: "ink",
    QUIET: "quiet",
    RULE: "rule",
    PAPER: "paper",
    WASH: "wash",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    BLUE_WASH: "blue-wash",
    ORANGE_WASH: "orange-wash",
    GREEN_WASH: "green-wash",
}
