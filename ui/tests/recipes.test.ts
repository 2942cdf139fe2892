import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { changedSettings, recipeOf } from "../src/lib/recipes";

const source = readFileSync("../src-tauri/engine/src/training/recipe.rs", "utf8");

/** The values that a function of the engine gives its recipe, by their names in JSON. */
function settingsIn(name: "notebook" | "recommended"): Record<string, unknown> {
  const body = source.split(`pub fn ${name}() -> Self {`)[1]?.split("\n    }\n")[0] ?? "";
  const pairs = [...body.matchAll(/^\s+([a-z_]+): (.+),$/gm)].map(([, key = "", value = ""]) => [
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    valueOf(value),
  ]);
  return Object.fromEntries(pairs);
}

function valueOf(text: string): unknown {
  if (text === "None") return null;
  const inner = text.replace(/^Some\((.+)\)$/, "$1");
  const name = /^"(.+)"\.into\(\)$/.exec(inner)?.[1];
  if (name !== undefined) return name;
  const variant = /^[A-Z]\w+::([A-Z])(\w+)$/.exec(inner);
  return variant ? `${variant[1]?.toLowerCase()}${variant[2]}` : Number(inner);
}

describe("the recipes of the window", () => {
  it("are those of the engine", () => {
    const notebook = settingsIn("notebook");
    expect(Object.keys(notebook).length).toBeGreaterThan(20);
    expect(recipeOf("notebook")).toEqual(notebook);
    expect(recipeOf("recommended")).toEqual({ ...notebook, ...settingsIn("recommended") });
  });

  it("name the settings in which two differ", () => {
    expect(changedSettings(recipeOf("fast"), recipeOf("recommended"))).toEqual(["maxLength", "epochs"]);
    expect(changedSettings(recipeOf("best"), recipeOf("recommended"))).toEqual(["epochs"]);
  });
});
