// Where the tiles of a call stand: as large as they can be, whatever the size of their box.

const GAP = 8;
const NARROWEST = 3 / 4;
const WIDEST = 16 / 9;
const BESIDE = 0.24;
const LEAST = 120;

/** A place for each of `count` tiles in a box; the first is the large one, if there is one. */
export function places(width, height, count, isFirstLarge) {
  if (isFirstLarge && count > 1) return withLarge(width, height, count);
  if (isFirstLarge) return [{ left: 0, top: 0, width, height }];
  // Two on a narrow box: the other one whole, and oneself in the corner.
  if (count === 2 && width < height) return inset(width, height);
  return grid(width, height, count);
}

function grid(width, height, count) {
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cell = {
      width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows,
    };
    const shape = Math.min(Math.max(cell.width / cell.height, NARROWEST), WIDEST);
    const size = Math.min(cell.width, cell.height * shape);
    const found = { columns, rows, width: size, height: size / shape };
    if (!best || found.width * found.height > best.width * best.height) best = found;
  }
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / best.columns);
    const inRow = row === best.rows - 1 ? count - row * best.columns : best.columns;
    const across = inRow * best.width + (inRow - 1) * GAP;
    const down = best.rows * best.height + (best.rows - 1) * GAP;
    return {
      left: (width - across) / 2 + (index - row * best.columns) * (best.width + GAP),
      top: (height - down) / 2 + row * (best.height + GAP),
      width: best.width,
      height: best.height,
    };
  });
}

/** The last one is oneself. */
function inset(width, height) {
  const small = { width: width * 0.3, height: width * 0.4 };
  return [
    { left: 0, top: 0, width, height },
    { left: width - small.width - GAP, top: height - small.height - GAP, ...small },
  ];
}

/** On a tall box a screen takes no more than it can fill. */
const above = (width, large, height) => [
  { left: 0, top: 0, width, height: large }, { width, height: height - large - GAP },
];

function withLarge(width, height, count) {
  const beside = width > height;
  const side = Math.max(LEAST, (beside ? width : height) * BESIDE);
  const [large, rest] = beside
    ? [{ left: 0, top: 0, width: width - side - GAP, height }, { width: side, height }]
    : above(width, Math.min(height - side - GAP, width * NARROWEST), height);
  const [left, top] = beside ? [width - side, 0] : [0, large.height + GAP];
  const others = grid(rest.width, rest.height, count - 1).map((place) => ({
    ...place, left: place.left + left, top: place.top + top,
  }));
  return [large, ...others];
}
