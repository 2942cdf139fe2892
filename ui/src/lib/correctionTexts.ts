/** What corrections would do, what they are called, and what they did. */

import type { Step } from "./corrections";
import type { es } from "./i18n/corrections";
import { formatList, formatNumber } from "./i18n/format";
import type { CorrectionEffects } from "./ipc/bindings/CorrectionEffects";
import type { Fix } from "./ipc/bindings/Fix";

type Messages = typeof es;

/** What a button says that puts a finding right. */
export function fixText({ correction, leavesOut, changes }: Fix, t: Messages): string {
  switch (correction.kind) {
    case "mergeLabels": {
      const { labels, name } = correction;
      const others = labels.filter((label) => label !== name);
      return t.fixMerge(formatList(others.map(t.quoted)), t.quoted(name));
    }
    case "dropLabel":
      return t.fixDrop(formatNumber(changes), changes);
    case "joinContradictions":
      return t.fixJoin(formatNumber(leavesOut), leavesOut);
    default:
      return t.fixLeaveOut(formatNumber(leavesOut), leavesOut);
  }
}

/** What a correction that is in force is called. */
export function stepText(step: Step, t: Messages): string {
  switch (step.kind) {
    case "merged":
      return t.merged(formatList(step.labels), step.name);
    case "dropped":
      return t.dropped(t.quoted(step.label));
    default:
      return t.steps[step.kind];
  }
}

/** What it did. */
export function effectText(step: Step, effects: CorrectionEffects, t: Messages): string {
  const leftOut = (rows: number): string => t.leftOut(formatNumber(rows), rows);
  switch (step.kind) {
    case "merged": {
      const rows = step.labels.map((label) => effects.renamedLabels[label] ?? 0);
      const all = rows.reduce((sum, count) => sum + count, 0);
      return t.renamed(formatNumber(all), all);
    }
    case "dropped": {
      const rows = effects.droppedLabels[step.label] ?? 0;
      return t.renamed(formatNumber(rows), rows);
    }
    case "leaveOutContradictions":
      return leftOut(effects.contradictions);
    case "joinContradictions":
      return t.joined(formatNumber(effects.joined), effects.joined);
    default:
      return leftOut(effects[step.kind]);
  }
}
