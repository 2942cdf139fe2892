/** The geometry of a small line chart. */

/** A point: across and up. */
export type Point = readonly [number, number];

/** A line with its name and how it is told apart without colours. */
export interface Line {
  name: string;
  points: readonly Point[];
  look: "accent" | "second" | "quiet";
  /** Whether its points are marked, and by what. */
  mark?: "circle" | "square" | null;
  dashed?: boolean;
}

/** A range of numbers. */
export interface Extent {
  low: number;
  high: number;
}

/** Steps that are easy to read: 1, 2 or 5 times a power of ten. */
function niceStep(span: number, wanted: number): number {
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10;
  return factor * power;
}

/** Where the ticks of an axis stand. */
export function ticksOf({ low, high }: Extent, wanted = 4): number[] {
  if (!(high > low)) return [low];
  const step = niceStep(high - low, wanted);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Decimals that tell neighbouring ticks apart. */
export function decimalsOf(ticks: readonly number[]): number {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return 1;
  return Math.max(0, Math.ceil(-Math.log10(second - first) - 1e-9));
}

/** The range of the lines' values, as wide as its ticks. */
export function extentOf(lines: readonly Line[]): Extent {
  const values = lines.flatMap((line) => line.points.map(([, value]) => value)).filter(Number.isFinite);
  if (values.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (high === low) return { low: low - 0.05, high: high + 0.05 };
  const step = niceStep(high - low, 4);
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step };
}
