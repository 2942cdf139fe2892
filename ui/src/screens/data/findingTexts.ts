/** What findings say, how grave they are, and what can be done. */

import { formatList, formatNumber, formatPercent } from "../../lib/i18n/format";
import type { es } from "../../lib/i18n/data";
import type { FindingOverview } from "../../lib/ipc/bindings/FindingOverview";
import type { TableProfile } from "../../lib/ipc/bindings/TableProfile";

/** How grave something is. */
export type Severity = "bad" | "warn" | "note";

/** A finding as it is shown. */
export interface FindingText {
  key: string;
  severity: Severity;
  text: string;
  advice: string;
  /** Its place in the engine's list, by which its rows are asked for; nothing without rows. */
  place: number | null;
}

type Messages = (typeof es)["findings"];

/** Word pieces a word from which a vocabulary hardly knows a language. */
const FOREIGN_PIECES = 2;

/** A finding of the table. */
export function findingText(
  { finding, count }: FindingOverview,
  place: number,
  t: Messages,
): FindingText {
  const key = `${finding.kind}-${place}`;
  const number = formatNumber(count);
  switch (finding.kind) {
    case "labelVariants": {
      const text = t.labelVariants(formatList(finding.labels.map(t.quoted)));
      return { key, severity: "warn", text, advice: t.labelVariantsAdvice, place };
    }
    case "rareLabel": {
      const text = t.rareLabel(finding.label, number, count);
      return { key, severity: "warn", text, advice: t.rareLabelAdvice, place };
    }
    default: {
      const text = t[finding.kind](number, count);
      const severity = SEVERITIES[finding.kind];
      return { key, severity, text, advice: t[`${finding.kind}Advice`], place };
    }
  }
}

const SEVERITIES: Record<
  "emptyText" | "duplicate" | "nearDuplicate" | "contradiction" | "unlabelled",
  Severity
> = {
  contradiction: "bad",
  duplicate: "warn",
  nearDuplicate: "warn",
  emptyText: "warn",
  unlabelled: "note",
};

/** Findings, the gravest first, else in their order. */
export function gravestFirst(findings: readonly FindingText[]): FindingText[] {
  const rank: Record<Severity, number> = { bad: 0, warn: 1, note: 2 };
  return findings.toSorted((one, other) => rank[one.severity] - rank[other.severity]);
}

/** What the word pieces of a table tell. */
export function profileTexts(profile: TableProfile, rows: number, t: Messages): FindingText[] {
  const texts: FindingText[] = [];
  if (profile.piecesAWord > FOREIGN_PIECES) {
    const text = t.language(formatNumber(profile.piecesAWord, 1));
    texts.push({ key: "language", severity: "warn", text, advice: t.languageAdvice, place: null });
  }
  const { textsCut } = profile.profile.lengths;
  if (textsCut > 0 && rows > 0) {
    const text = t.cut(formatNumber(textsCut), formatPercent(textsCut / rows, 1));
    texts.push({ key: "cut", severity: "note", text, advice: t.cutAdvice, place: null });
  }
  return texts;
}
