import { describe, expect, it } from "vitest";
import { NO_CORRECTIONS, isNothing, stepsOf, withCorrection, withoutStep } from "../src/lib/corrections";
import type { Correction } from "../src/lib/ipc/bindings/Correction";

const ALL: Correction[] = [
  { kind: "mergeLabels", labels: ["oncological", "Onco", "onco"], name: "oncological" },
  { kind: "dropLabel", label: "dental" },
  { kind: "leaveOutEmpty" },
  { kind: "leaveOutUnlabelled" },
  { kind: "joinContradictions" },
  { kind: "leaveOutDuplicates" },
  { kind: "leaveOutNearDuplicates" },
];

describe("corrections", () => {
  it("are nothing at first, and again when every step was taken back", () => {
    expect(isNothing(NO_CORRECTIONS)).toBe(true);
    const all = ALL.reduce(withCorrection, NO_CORRECTIONS);
    const steps = stepsOf(all);
    expect(steps).toHaveLength(ALL.length);
    expect(steps.reduce(withoutStep, all)).toEqual(NO_CORRECTIONS);
  });

  it("merge labels under one name, which is none of those that are renamed", () => {
    const merged = withCorrection(NO_CORRECTIONS, ALL[0] as Correction);
    expect(merged.renamedLabels).toEqual({ Onco: "oncological", onco: "oncological" });
    expect(stepsOf(merged)).toEqual([{ kind: "merged", labels: ["Onco", "onco"], name: "oncological" }]);
  });

  it("settle contradictions in one way alone", () => {
    const joined = withCorrection(NO_CORRECTIONS, { kind: "joinContradictions" });
    const leftOut = withCorrection(joined, { kind: "leaveOutContradictions" });
    expect(stepsOf(leftOut)).toEqual([{ kind: "leaveOutContradictions" }]);
  });
});
