/** Numbers, dates, spans of time and sizes as people of a language write them. */

import type { WindowLanguage } from "../ipc/bindings/shell/WindowLanguage";
import { language } from "./language.svelte";

const TAGS: Record<WindowLanguage, string> = { es: "es", en: "en-GB" };
const UNKNOWN = "–";

/** A number with at most this many decimals, grouped from 10 000 in Spanish as its norm asks. */
export function formatNumber(
  value: number | null,
  digits = 0,
  spoken: WindowLanguage = language.current,
): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return new Intl.NumberFormat(TAGS[spoken], { maximumFractionDigits: digits }).format(value);
}

/** A number with exactly this many decimals, so that columns of them line up. */
export function formatFixed(
  value: number | null,
  digits = 2,
  spoken: WindowLanguage = language.current,
): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return new Intl.NumberFormat(TAGS[spoken], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A number as people of either language write it in a field; nothing when it is none. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}

/** A share in [0, 1] in percent. */
export function formatPercent(
  value: number | null,
  digits = 0,
  spoken: WindowLanguage = language.current,
): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return new Intl.NumberFormat(TAGS[spoken], {
    style: "percent",
    maximumFractionDigits: digits,
  }).format(value);
}

/** The day of a moment (RFC 3339). */
export function formatDate(moment: string, spoken: WindowLanguage = language.current): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  return new Intl.DateTimeFormat(TAGS[spoken], { dateStyle: "medium" }).format(date);
}

/** Day and time of a moment (RFC 3339). */
export function formatMoment(moment: string, spoken: WindowLanguage = language.current): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  return new Intl.DateTimeFormat(TAGS[spoken], { dateStyle: "medium", timeStyle: "short" }).format(
    date,
  );
}

/** A span of time in its two largest units: "2 h 5 min", "12 s". */
export function formatDuration(
  seconds: number | null,
  spoken: WindowLanguage = language.current,
): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return UNKNOWN;
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const unit = (value: number, name: "day" | "hour" | "minute" | "second"): string =>
    new Intl.NumberFormat(TAGS[spoken], {
      style: "unit",
      unit: name,
      unitDisplay: "short",
    }).format(value);
  if (days > 0) return hours > 0 ? `${unit(days, "day")} ${unit(hours, "hour")}` : unit(days, "day");
  if (hours > 0) {
    return minutes > 0 ? `${unit(hours, "hour")} ${unit(minutes, "minute")}` : unit(hours, "hour");
  }
  if (minutes >= 10 || (minutes > 0 && whole % 60 === 0)) return unit(minutes, "minute");
  if (minutes > 0) return `${unit(minutes, "minute")} ${unit(whole % 60, "second")}`;
  return unit(whole, "second");
}

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size on the disk or in memory; 1 kB is 1000 bytes. */
export function formatBytes(
  bytes: number | null,
  spoken: WindowLanguage = language.current,
): string {
  if (bytes === null || !Number.isFinite(bytes)) return UNKNOWN;
  let value = bytes;
  let size = 0;
  while (value >= 999.5 && size < SIZES.length - 1) {
    value /= 1000;
    size += 1;
  }
  const unit = SIZES[size] ?? "byte";
  return new Intl.NumberFormat(TAGS[spoken], {
    style: "unit",
    unit,
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: size > 0 && value < 10 ? 1 : 0,
  }).format(value);
}

/** One of two wordings, by number: both languages have one and many. */
export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

/** Names as a sentence lists them. */
export function formatList(
  names: readonly string[],
  spoken: WindowLanguage = language.current,
): string {
  return new Intl.ListFormat(TAGS[spoken], { type: "conjunction" }).format(names);
}
