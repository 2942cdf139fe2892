import { describe, expect, it } from "vitest";
import type { Validation } from "../../lib/ipc/bindings/Validation";
import { readNumber, SETTINGS, writeNumber } from "./settings";
import type { NumberSetting } from "./settings";
import { bestPlace, trendOf } from "./trend";

function validations(...rows: [f1: number, trainingLoss: number, loss: number][]): Validation[] {
  let best = -1;
  return rows.map(([macroF1, trainingLoss, loss], place) => {
    const isBest = macroF1 > best;
    if (isBest) best = macroF1;
    const found = { trainingLoss, loss, microF1: macroF1, macroF1, labelF1: [], isBest };
    return { step: place, epoch: place + 1, seconds: 1, ...found };
  });
}

describe("what the curves say", () => {
  it("is nothing yet before the first evaluation", () => {
    expect(trendOf([])).toEqual({ kind: "begun" });
    expect(trendOf(validations([0.5, 1, 1]))).toEqual({ kind: "first" });
  });

  it("is improving while the last evaluation is the best", () => {
    expect(trendOf(validations([0.5, 1, 1], [0.6, 0.8, 0.9]))).toEqual({ kind: "improving" });
  });

  it("counts the evaluations since the best one", () => {
    expect(trendOf(validations([0.6, 1, 1], [0.5, 0.9, 0.9]))).toEqual({ kind: "noBetter", count: 1 });
  });

  it("is memorising when it learns what it saw by heart while new articles get worse", () => {
    const rows = validations([0.6, 0.5, 0.4], [0.59, 0.3, 0.45], [0.58, 0.2, 0.5]);
    expect(trendOf(rows)).toEqual({ kind: "memorising", count: 2 });
  });

  it("is not memorising when the validation loss still falls", () => {
    const rows = validations([0.6, 0.5, 0.4], [0.59, 0.3, 0.39], [0.58, 0.2, 0.38]);
    expect(trendOf(rows)).toEqual({ kind: "noBetter", count: 2 });
  });

  it("has the best where it was best last", () => {
    expect(bestPlace(validations([0.5, 1, 1], [0.7, 1, 1], [0.6, 1, 1]))).toBe(1);
    expect(bestPlace([])).toBe(-1);
  });
});

describe("a number in a field", () => {
  const setting = (key: string): NumberSetting =>
    Object.values(SETTINGS).flat().find((one) => one.key === key) as NumberSetting;

  it("is read with a decimal point, a decimal comma and an exponent", () => {
    for (const text of ["0.00015", "0,00015", "1,5e-4", " 1.5E-4 "]) {
      expect(readNumber(text, setting("learningRate"))).toEqual({ value: 0.00015, problem: null });
    }
  });

  it("may be empty only where nothing is a value", () => {
    expect(readNumber("", setting("patience"))).toEqual({ value: null, problem: null });
    expect(readNumber("", setting("epochs")).problem).toEqual({ kind: "notANumber" });
  });

  it("has to be whole where parts make no sense, and in its range", () => {
    expect(readNumber("2.5", setting("epochs")).problem).toEqual({ kind: "whole" });
    expect(readNumber("0", setting("epochs")).problem).toEqual({ kind: "atLeast", least: 1 });
    expect(readNumber("0", setting("learningRate")).problem).toEqual({ kind: "range", least: 0, most: 1 });
    expect(readNumber("many", setting("seed")).problem).toEqual({ kind: "notANumber" });
  });

  it("is written short and with the language's decimal sign", () => {
    expect(writeNumber(0.00015, ",")).toBe("1,5e-4");
    expect(writeNumber(0.1, ",")).toBe("0,1");
    expect(writeNumber(null, ".")).toBe("");
    expect(readNumber(writeNumber(2e-5, ","), setting("learningRate")).value).toBe(2e-5);
  });
});
