/** The screens by their names. */

import type { Component } from "svelte";
import type { Screen } from "../lib/state/app.svelte";

/** What is shown on each screen; each is loaded when it is first opened. */
export const screens: Record<Screen, () => Promise<{ default: Component }>> = {
  home: () => import("./home/Home.svelte"),
  data: () => import("./data/Data.svelte"),
  train: () => import("./train/Train.svelte"),
  evaluate: () => import("./evaluate/Evaluate.svelte"),
  classify: () => import("./classify/Classify.svelte"),
  models: () => import("./models/Models.svelte"),
  settings: () => import("./settings/Settings.svelte"),
};
