/** The columns of a table and their order. */

/** A column. */
export interface Column {
  key: string;
  title: string;
  /** Whether its cells are numbers, which stand at the end of the cell. */
  numeric?: boolean;
  /** Whether rows can be sorted by it. */
  sortable?: boolean;
  /** Whether its cells name their rows; only of the first column. */
  isHeading?: boolean;
  /** Smallest width in rem. */
  width?: number;
}

/** What rows are sorted by. */
export interface Sorting {
  key: string;
  descending: boolean;
}

/** The rows in the order of a value, those without one last. */
export function sorted<Row>(
  rows: readonly Row[],
  descending: boolean,
  valueOf: (row: Row) => string | number | null,
): Row[] {
  return rows.toSorted((one, other) => {
    const [left, right] = [valueOf(one), valueOf(other)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : String(left).localeCompare(String(right), undefined, { numeric: true });
    return descending ? -order : order;
  });
}
