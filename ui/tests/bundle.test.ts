// @vitest-environment node
import { describe, expect, it } from "vitest";
import { build } from "vite";
import { MARK } from "../src/lib/ipc/fake";

/** Every text of the program as it would be shipped. */
async function bundle(mode: string): Promise<string> {
  const built = await build({ mode, logLevel: "silent", build: { write: false, minify: false } });
  const outputs = Array.isArray(built) ? built : [built];
  return outputs
    .flatMap((output) => ("output" in output ? output.output : []))
    .map((file) => (file.type === "chunk" ? file.code : String(file.source)))
    .join("\n");
}

describe("the program as it is built", () => {
  it("holds no scripted backend, and nothing that comes from another place", async () => {
    const text = await bundle("production");
    expect(text).not.toContain(MARK);
    expect(text).toContain("Etiqueta");
    // Namespaces of SVG and links in comments are no connections.
    expect(text).not.toMatch(/(?:src|href)=["']https?:|@import\s+(?:url\()?["']https?:/);
    expect(text).not.toMatch(/\bnew (?:WebSocket|EventSource|XMLHttpRequest)\b|\bsendBeacon\(/);
  }, 120_000);

  it("has one only where the window is designed", async () => {
    expect(await bundle("design")).toContain(MARK);
  }, 120_000);
});
