/** What an engine would answer about the table of the fixtures once it is corrected. */

import { stepsOf, withCorrection } from "../corrections";
import type { CorrectionEffects } from "./bindings/CorrectionEffects";
import type { Corrections } from "./bindings/Corrections";
import type { Fix } from "./bindings/Fix";
import type { TableOverview } from "./bindings/TableOverview";

/** Nothing was put right in a table of so many rows. */
export const noEffects = (rows: number): CorrectionEffects => ({
  rows,
  used: rows,
  renamedLabels: {},
  droppedLabels: {},
  empty: 0,
  unlabelled: 0,
  contradictions: 0,
  joined: 0,
  duplicates: 0,
  nearDuplicates: 0,
});

/** The table after corrections: what they put right is found no more, and counted. */
export function corrected(overview: TableOverview, corrections: Corrections): TableOverview {
  const effects = noEffects(overview.source.rows);
  // A name of one's own choice merges the same labels.
  const merged = Object.keys(corrections.renamedLabels);
  const isDone = ({ correction }: Fix): boolean =>
    correction.kind === "mergeLabels"
      ? correction.labels.filter((label) => merged.includes(label)).length >= correction.labels.length - 1
      : JSON.stringify(stepsOf(withCorrection(corrections, correction))) ===
        JSON.stringify(stepsOf(corrections));
  const findings = overview.findings.filter(({ fixes }) => {
    const done = fixes.find(isDone);
    if (done !== undefined) count(effects, done, corrections);
    return done === undefined;
  });
  const [withTitle, withAbstract, labelled] = [
    overview.withTitle,
    overview.withAbstract,
    overview.labelled,
  ].map((rows) => Math.min(rows, effects.used)) as [number, number, number];
  return { ...overview, effects, findings, withTitle, withAbstract, labelled };
}

function count(effects: CorrectionEffects, fix: Fix, corrections: Corrections): void {
  effects.used -= fix.leavesOut;
  switch (fix.correction.kind) {
    case "leaveOutEmpty":
      effects.empty = fix.leavesOut;
      break;
    case "leaveOutDuplicates":
      effects.duplicates = fix.leavesOut;
      break;
    case "leaveOutNearDuplicates":
      effects.nearDuplicates = fix.leavesOut;
      break;
    case "leaveOutUnlabelled":
      effects.unlabelled = fix.leavesOut;
      break;
    case "leaveOutContradictions":
      effects.contradictions = fix.leavesOut;
      break;
    case "joinContradictions":
      effects.joined = fix.leavesOut;
      break;
    case "mergeLabels":
      for (const label of Object.keys(corrections.renamedLabels)) {
        effects.renamedLabels[label] = fix.changes;
      }
      break;
    case "dropLabel":
      effects.droppedLabels[fix.correction.label] = fix.changes;
  }
}
