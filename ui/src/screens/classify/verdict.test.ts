import { expect, it } from "vitest";
import { needsHuman, sortAnswers } from "./verdict";

const answer = (label: string, score: number, threshold = 0.5) => ({
  label,
  score,
  threshold,
  given: score >= threshold,
});

it("a score within 0.1 of its threshold is for a person to judge, on either side", () => {
  expect(needsHuman(answer("a", 0.59))).toBe(true);
  expect(needsHuman(answer("a", 0.41))).toBe(true);
  expect(needsHuman(answer("a", 0.61))).toBe(false);
  expect(needsHuman(answer("a", 0.95, 0.9))).toBe(true);
});

it("the edge of the band belongs to it", () => {
  expect(needsHuman(answer("a", 0.6))).toBe(true);
  expect(needsHuman(answer("a", 0.4))).toBe(true);
});

it("labels that are given come first, even with a lower score than one that is not", () => {
  const sorted = sortAnswers([answer("a", 0.6, 0.7), answer("b", 0.3, 0.2), answer("c", 0.9, 0.5)]);
  expect(sorted.map(({ label }) => label)).toEqual(["c", "b", "a"]);
});
