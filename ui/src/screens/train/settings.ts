/** Every setting of a recipe: how it is edited, and what it may be. The ranges are those of
 *  `Recipe::check` in `src-tauri/engine/src/training/recipe.rs`. */

import { parseNumber } from "../../lib/i18n/format";
import type { Recipe } from "../../lib/ipc/bindings/Recipe";

/** Settings that are numbers; an optional one may be empty. */
export interface NumberSetting {
  kind: "number";
  key: NumberKey;
  whole: boolean;
  optional: boolean;
  least: number;
  /** Whether the least itself is not possible. */
  above?: boolean;
  most: number | null;
  /** What an empty field means. */
  empty?: "none" | "baseOwn";
}

/** Settings that are one of a few words. */
export interface WordSetting {
  kind: "word";
  key: WordKey;
}

/** One of them. */
export type Setting = NumberSetting | WordSetting;

/** The names of those that are numbers. */
export type NumberKey = {
  [Key in keyof Recipe]-?: number extends Recipe[Key] ? Key : never;
}[keyof Recipe];
/** The names of those that are words. */
export type WordKey =
  | "schedule"
  | "decayed"
  | "labelWeights"
  | "metric"
  | "thresholds"
  | "backend"
  | "precision";

/** The groups of settings on the screen. */
export type SettingGroup = "reading" | "learning" | "regularity" | "evaluation" | "machine";

const word = (key: WordKey): WordSetting => ({ kind: "word", key });
const whole = (key: NumberKey, least: number, most: number | null = null): NumberSetting => ({
  kind: "number",
  key,
  whole: true,
  optional: false,
  least,
  most,
});
const share = (key: NumberKey): NumberSetting => ({ ...whole(key, 0, 0.99), whole: false });
const positive = (key: NumberKey, most: number): NumberSetting => ({
  ...whole(key, 0, most),
  whole: false,
  above: true,
});
const optional = (setting: NumberSetting, empty: "none" | "baseOwn" = "none"): NumberSetting => ({
  ...setting,
  optional: true,
  empty,
});

/** All settings, in their groups. */
export const SETTINGS: Record<SettingGroup, readonly Setting[]> = {
  reading: [whole("maxLength", 3)],
  learning: [
    whole("epochs", 1),
    positive("learningRate", 1),
    whole("batchSize", 1),
    whole("microBatches", 1),
    word("schedule"),
    share("warmUp"),
    positive("layerDecay", 1),
    positive("headRateFactor", 1000),
    optional(whole("frozenLayers", 0)),
  ],
  regularity: [
    share("weightDecay"),
    word("decayed"),
    optional(positive("clippingNorm", 1000)),
    optional(share("dropout"), "baseOwn"),
    optional({ ...share("weightAveraging"), most: 0.99999 }),
    word("labelWeights"),
  ],
  evaluation: [
    word("metric"),
    optional(whole("patience", 1)),
    optional(whole("evaluationInterval", 1)),
    word("thresholds"),
  ],
  machine: [whole("seed", 0), optional(whole("threads", 1)), word("backend"), word("precision")],
};

/** What is wrong with a number. */
export type NumberProblem =
  | { kind: "notANumber" | "whole" }
  | { kind: "atLeast"; least: number }
  | { kind: "range"; least: number; most: number };

/** Reads a number as people of either language write it; nothing when the field is empty. */
export function readNumber(
  text: string,
  setting: NumberSetting,
): { value: number | null; problem: null } | { value: null; problem: NumberProblem } {
  if (setting.optional && text.trim() === "") return { value: null, problem: null };
  const value = parseNumber(text);
  if (value === null) return { value: null, problem: { kind: "notANumber" } };
  if (setting.whole && !Number.isInteger(value)) return { value: null, problem: { kind: "whole" } };
  const { least, most, above = false } = setting;
  if (value < least || (above && value === least) || (most !== null && value > most)) {
    return {
      value: null,
      problem: most === null ? { kind: "atLeast", least } : { kind: "range", least, most },
    };
  }
  return { value, problem: null };
}

/** A number as it is put in a field: short, and with the language's decimal sign. */
export function writeNumber(value: number | null, decimalSign: "," | "."): string {
  if (value === null) return "";
  const plain = value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
  return plain.replace(".", decimalSign).replace("e+", "e");
}
