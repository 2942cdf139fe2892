/** Which columns of a table are what, beside what a model learned from. */

import type { Columns } from "../../lib/ipc/bindings/Columns";
import type { RoleChoices } from "../../lib/ipc/bindings/RoleChoices";
import type { TableOverview } from "../../lib/ipc/bindings/TableOverview";

/** What the columns of a table are taken for. */
export interface ColumnMatch {
  title: string | null;
  abstractText: string | null;
  id: string | null;
  labels: string[];
  labelSeparator: string | null;
  /** Whether title and abstract have the names that the model learned. */
  isSame: boolean;
}

/** The model's columns where the table has them, or else those that were recognised. */
export function matchColumns(table: TableOverview, learned: Columns | null): ColumnMatch {
  const names = new Set(table.columns.map((column) => column.name));
  const has = (name: string | null): boolean => name !== null && names.has(name);
  const found = table.roles;
  const texts = [learned?.title ?? null, learned?.abstractText ?? null].filter(
    (name) => name !== null,
  );
  const isSame = texts.length > 0 && texts.every((name) => names.has(name));
  const from = isSame ? learned : found;
  const hasLabels = learned !== null && learned.labels.length > 0 && learned.labels.every(has);
  const labels = hasLabels ? learned : found;
  const learnedId = learned?.id ?? null;
  return {
    title: from?.title ?? null,
    abstractText: from?.abstractText ?? null,
    id: has(learnedId) ? learnedId : (found?.id ?? null),
    labels: labels?.labels ?? [],
    labelSeparator: labels?.labelSeparator ?? null,
    isSame,
  };
}

/** What is said to the engine about the columns. */
export function choicesOf(match: ColumnMatch): RoleChoices {
  return {
    // An empty name says that there is none, where nothing would let it be guessed.
    title: match.title ?? "",
    abstractText: match.abstractText ?? "",
    id: match.id,
    labels: match.labels,
    labelSeparator: match.labelSeparator,
    labelOrder: null,
  };
}

/** The match after the user named another column of labels, or none. */
export function withLabels(match: ColumnMatch, table: TableOverview, name: string): ColumnMatch {
  if (name === "") return { ...match, labels: [], labelSeparator: null };
  const found = table.roles;
  const isFound = found !== null && found.labels.length === 1 && found.labels[0] === name;
  return { ...match, labels: [name], labelSeparator: isFound ? found.labelSeparator : null };
}
