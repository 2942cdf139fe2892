import { describe, expect, it } from "vitest";
import { historyOf } from "../../lib/ipc/fixtures";
import { labelScores } from "./labelScores";

const [first, second] = historyOf([0.8, 0.9]).validations;
if (first === undefined || second === undefined) throw new Error("two evaluations are needed");

describe("the F1 of the labels", () => {
  it("is unknown before the first evaluation, but the labels are there", () => {
    expect(labelScores(["a", "b"], [])).toEqual([
      { label: "a", f1: null, change: null },
      { label: "b", f1: null, change: null },
    ]);
  });

  it("changes since the evaluation before by what the digits show", () => {
    const scores = labelScores(
      ["a", "b", "c"],
      [
        { ...first, labelF1: [0.5, 0.9004, null] },
        { ...second, labelF1: [0.5421, 0.9001, 0.4] },
      ],
    );
    expect(scores.map(({ change }) => change)).toEqual([0.042, 0, null]);
  });

  it("is unknown where an earlier version kept none", () => {
    expect(labelScores(["a"], [{ ...first, labelF1: [] }])[0]?.f1).toBeNull();
  });
});
