/** The recipes of `src-tauri/engine/src/training/recipe.rs` (`Recipe::notebook`,
 *  `Recipe::recommended`), and the choices that the window makes of them. */

import type { Recipe } from "./ipc/bindings/Recipe";

/** The choices on the screen Train, in their order. */
export const CHOICES = ["fast", "recommended", "best", "notebook"] as const;

/** One of them. */
export type RecipeChoice = (typeof CHOICES)[number];

/** The base model that comes with the program. */
export const BUILT_IN_BASE = "compact";

const notebook: Recipe = {
  name: "notebook",
  maxLength: 128,
  batchSize: 16,
  microBatches: 1,
  epochs: 3,
  learningRate: 2e-5,
  schedule: "linear",
  warmUp: 0,
  weightDecay: 0.01,
  decayed: "all",
  layerDecay: 1,
  headRateFactor: 1,
  clippingNorm: null,
  dropout: 0.1,
  seed: 42,
  frozenLayers: null,
  metric: "microF1",
  patience: null,
  evaluationInterval: null,
  labelWeights: "equal",
  weightAveraging: null,
  thresholds: "half",
  backend: "explicit",
  device: null,
  precision: "f32",
  threads: null,
};

const recommended: Recipe = {
  ...notebook,
  name: "recommended",
  maxLength: 512,
  epochs: 5,
  learningRate: 1.5e-4,
  warmUp: 0.1,
  decayed: "matrices",
  clippingNorm: 1,
  dropout: null,
  patience: 3,
  thresholds: "validation",
  precision: "auto",
};

const recipes: Record<RecipeChoice, Recipe> = {
  fast: { ...recommended, maxLength: 128, epochs: 3 },
  recommended,
  best: { ...recommended, epochs: 8 },
  notebook,
};

/** A fresh copy of the recipe of a choice, with the threads that the user set. */
export function recipeOf(choice: RecipeChoice, threads: number | null = null): Recipe {
  return { ...recipes[choice], threads };
}

/** The settings in which two recipes differ. */
export function changedSettings(recipe: Recipe, from: Recipe): (keyof Recipe)[] {
  return (Object.keys(from) as (keyof Recipe)[]).filter((key) => recipe[key] !== from[key]);
}
