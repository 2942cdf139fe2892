import { describe, expect, it } from "vitest";
import { countWords, partReading } from "./reading";

describe("where the model stopped reading", () => {
  it("parts the abstract after the title and the space between them", () => {
    expect(partReading("ab", "cdef", 5).abstractText).toEqual({ read: "cd", unread: "ef" });
  });

  it("counts a character outside the basic plane once", () => {
    expect(partReading("𝛽", "𝛼𝛾x", 3).abstractText).toEqual({ read: "𝛼", unread: "𝛾x" });
  });

  it("leaves out the space that the text begins with", () => {
    expect(partReading("", "  abc", 2).abstractText).toEqual({ read: "  ab", unread: "c" });
  });

  it("may lie in the title; then nothing of the abstract was read", () => {
    const reading = partReading("abcdef", "ghi", 4);
    expect(reading.title).toEqual({ read: "abcd", unread: "ef" });
    expect(reading.abstractText).toEqual({ read: "", unread: "ghi" });
  });

  it("is nowhere when everything was read", () => {
    expect(partReading("a", "b", null).abstractText.unread).toBe("");
  });
});

it("words are what stands between spaces", () => {
  expect(countWords("  one two\nthree ")).toBe(3);
});
