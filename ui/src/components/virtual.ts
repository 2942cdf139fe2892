/** Which rows of a long list are drawn. */

/** Rows drawn above and below those that are seen. */
const SPARE = 6;
/** The height taken for granted as long as the list has none, in pixels. */
const USUAL_HEIGHT = 600;

/** A stretch of rows: from the first to before the end. */
export interface Stretch {
  first: number;
  end: number;
}

/** The rows that are seen at a place of the scroll, with some to spare. */
export function visibleRows(
  scrolled: number,
  height: number,
  rowHeight: number,
  count: number,
): Stretch {
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - SPARE);
  const shown = Math.ceil((height || USUAL_HEIGHT) / rowHeight) + 2 * SPARE;
  return { first: Math.min(first, count), end: Math.min(count, first + shown) };
}
