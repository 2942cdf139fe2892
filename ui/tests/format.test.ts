import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatFixed, formatNumber, formatPercent } from "../src/lib/i18n/format";
import { systemLanguage } from "../src/lib/i18n/language.svelte";

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("formatting", () => {
  it("writes numbers as each language does", () => {
    expect(formatNumber(12345.678, 2, "es")).toBe("12.345,68");
    expect(formatNumber(12345.678, 2, "en")).toBe("12,345.68");
    expect(formatFixed(0.9, 3, "es")).toBe("0,900");
    expect(plain(formatPercent(0.934, 1, "es"))).toBe("93,4 %");
  });

  it("writes spans of time in their two largest units", () => {
    expect(plain(formatDuration(42, "en"))).toBe("42 secs");
    expect(plain(formatDuration(90, "es"))).toBe("1 min 30 s");
    expect(plain(formatDuration(7500, "es"))).toBe("2 h 5 min");
    expect(plain(formatDuration(3599.7, "es"))).toBe("1 h");
  });

  it("writes sizes in units of a thousand, which a rounded value never reaches", () => {
    expect(plain(formatBytes(45_300_000, "es"))).toBe("45 MB");
    expect(plain(formatBytes(999_600, "en"))).toBe("1 MB");
    expect(plain(formatBytes(2_150_000_000, "es"))).toBe("2,2 GB");
  });

  it("writes a dash for what is not known or not a number", () => {
    expect(formatNumber(null)).toBe("–");
    expect(formatPercent(Number.NaN)).toBe("–");
    expect(formatDuration(-1)).toBe("–");
  });
});

describe("the language of the system", () => {
  it("is the first one that the window speaks", () => {
    expect(systemLanguage(["fr-FR", "en-US", "es-ES"])).toBe("en");
    expect(systemLanguage(["es-MX"])).toBe("es");
  });

  it("is Spanish when the system speaks neither", () => {
    expect(systemLanguage(["de-DE"])).toBe("es");
    expect(systemLanguage([])).toBe("es");
  });
});
