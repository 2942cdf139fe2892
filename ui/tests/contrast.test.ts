import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const tokens = readFileSync("src/styles/tokens.css", "utf8");

function palette(theme: "light" | "dark"): Record<string, string> {
  const block = tokens.split(`:root[data-theme="${theme}"]`)[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const TEXTS: [string, string][] = [
  ...["ground", "surface", "sunken", "raised"].flatMap((on): [string, string][] => [
    ["ink", on],
    ["ink-soft", on],
    ["accent", on],
    ["accent-strong", on],
    ["good", on],
    ["bad", on],
    ["warn", on],
  ]),
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["accent-strong", "accent-soft"],
  ["ink", "accent-soft"],
  ["good", "good-soft"],
  ["ink", "good-soft"],
  ["warn", "warn-soft"],
  ["ink", "warn-soft"],
  ["bad", "bad-soft"],
  ["ink", "bad-soft"],
];

const SHAPES: [string, string][] = [
  ["line-strong", "surface"],
  ["focus", "ground"],
  ["focus", "surface"],
  ["second", "surface"],
];

describe.each(["light", "dark"] as const)("the %s theme", (theme) => {
  const colours = palette(theme);

  it.each(TEXTS)("has %s on %s at 4.5 to 1 or more", (text, on) => {
    expect(contrast(colours[text] ?? "", colours[on] ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES)("has the lines of %s on %s at 3 to 1 or more", (line, on) => {
    expect(contrast(colours[line] ?? "", colours[on] ?? "")).toBeGreaterThanOrEqual(3);
  });
});
