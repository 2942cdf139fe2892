/** Charts as the engine draws them, and what becomes of them. */

import { ask, choosePath, saveText } from "../lib/ipc";
import type { Chart } from "../lib/ipc/bindings/Chart";
import type { ChartSource } from "../lib/ipc/bindings/ChartSource";
import type { ChartStyle } from "../lib/ipc/bindings/ChartStyle";
import type { ChartTable } from "../lib/ipc/bindings/ChartTable";
import type { DrawnChart } from "../lib/ipc/bindings/DrawnChart";
import type { OpenedPath } from "../lib/ipc/bindings/shell/OpenedPath";

/** Asks for a chart. */
export const drawChart = (
  source: ChartSource,
  chart: Chart,
  style: ChartStyle,
): Promise<DrawnChart> => ask({ kind: "drawChart", source, chart, style });

/** A picture as an address that a picture element can show; nothing in it is run. */
export const pictureAddress = (svg: string): string =>
  `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

/** A table as CSV (RFC 4180) with decimal points in every language. */
export function csvOf(table: ChartTable): string {
  const quoted = (cell: string | number | null): string => {
    const text = cell === null ? "" : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [table.headers, ...table.rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** Saves a text where the user wants it; gives where, or nothing when they cancel. */
export async function saveAs(name: string, text: string): Promise<OpenedPath | null> {
  const path = await choosePath("saveTable", name);
  if (path !== null) await saveText(path.path, text);
  return path;
}
