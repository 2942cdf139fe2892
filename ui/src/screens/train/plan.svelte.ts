/** The training that is being planned, kept while other screens are open. */

import { failureOf } from "../../lib/ipc";
import type { BaseSummary } from "../../lib/ipc/bindings/BaseSummary";
import type { Estimate } from "../../lib/ipc/bindings/Estimate";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import type { Recipe } from "../../lib/ipc/bindings/Recipe";
import type { TrainingRequest } from "../../lib/ipc/bindings/TrainingRequest";
import {
  BUILT_IN_BASE,
  CHOICES,
  type RecipeChoice,
  changedSettings,
  recipeOf,
} from "../../lib/recipes";
import { app } from "../../lib/state/app.svelte";
import { isOver, jobs } from "../../lib/state/jobs.svelte";
import { library } from "../../lib/state/library.svelte";
import { project } from "../../lib/state/project.svelte";

/** Why no training can start. */
export type Lack = "table" | "tableReady" | "training" | "name" | "settings" | "base";

/** What is known of the cost of a training. */
export type Measured =
  | { kind: "measured"; estimate: Estimate }
  | { kind: "failed"; failure: Failure }
  | { kind: "measuring" }
  | null;

class Plan {
  /** The recipe that the settings start from. */
  choice = $state<RecipeChoice>("recommended");
  /** What was changed of it. */
  edits = $state.raw<Partial<Recipe>>({});
  /** Settings whose field holds nothing that can be used. */
  faulty = $state.raw<ReadonlySet<keyof Recipe>>(new Set());
  /** The base model that was chosen. */
  chosenBase = $state(BUILT_IN_BASE);
  /** The name that was written; a free one when nothing was. */
  writtenName = $state<string | null>(null);
  /** Whether Advanced is open. */
  isAdvanced = $state(false);

  private results = $state.raw<ReadonlyMap<string, Exclude<Measured, null>>>(new Map());
  private measuringJob: number | null = null;
  private wantsToMeasure = $state(false);

  /** The base model. */
  get base(): BaseSummary | null {
    const usable = (library.content?.bases ?? []).filter((base) => base.damage === null);
    return usable.find((base) => base.name === this.chosenBase) ?? usable[0] ?? null;
  }

  /** The recipe with what was changed of it. */
  get recipe(): Recipe {
    return { ...this.recipeFor(this.choice), ...this.edits };
  }

  /** The settings that were changed. */
  get changed(): (keyof Recipe)[] {
    return changedSettings(this.recipe, this.recipeFor(this.choice));
  }

  /** The name of the model that comes out. */
  get name(): string {
    return this.writtenName ?? this.freeName();
  }

  /** What is wrong with the name. */
  get nameProblem(): "nameEmpty" | "nameTaken" | null {
    if (this.name.trim() === "") return "nameEmpty";
    return this.isTaken(this.name.trim()) ? "nameTaken" : null;
  }

  /** Why no training can start. */
  get lack(): Lack | null {
    if (project.current === null) return "table";
    if (!project.isReady) return "tableReady";
    if (jobs.training !== null && !isOver(jobs.training)) return "training";
    if (this.base === null) return "base";
    if (this.faulty.size > 0 || this.recipe.maxLength > this.base.maxPositions) return "settings";
    return this.nameProblem === null ? null : "name";
  }

  /** Whether measuring goes on. */
  get isMeasuring(): boolean {
    return this.wantsToMeasure;
  }

  /** A choice as it would be trained, or the plan itself. */
  request(choice: RecipeChoice | null = null): TrainingRequest | null {
    const { current } = project;
    if (current === null || this.base === null) return null;
    return {
      name: this.name.trim(),
      table: current.table,
      reading: current.reading,
      roles: current.roles,
      corrections: current.corrections,
      testTable: current.testTable,
      split: current.split,
      base: this.base.name,
      recipe: choice === null || choice === this.choice ? this.recipe : this.recipeFor(choice),
    };
  }

  /** What is known of the cost of a choice. */
  measured(choice: RecipeChoice): Measured {
    const key = this.keyOf(choice);
    return key === null ? null : (this.results.get(key) ?? null);
  }

  /** Chooses a recipe; what was changed of another one does not fit it. */
  choose(choice: RecipeChoice): void {
    if (choice === this.choice) return;
    this.choice = choice;
    this.reset();
  }

  /** Back to the recipe as it is. */
  reset(): void {
    this.edits = {};
    this.faulty = new Set();
  }

  /** Changes a setting; `isFaulty` when its field holds nothing that can be used. */
  edit<Key extends keyof Recipe>(key: Key, value: Recipe[Key] | undefined, isFaulty = false): void {
    const faulty = new Set(this.faulty);
    if (isFaulty) faulty.add(key);
    else faulty.delete(key);
    this.faulty = faulty;
    if (value !== undefined) this.edits = { ...this.edits, [key]: value };
  }

  /** Starts the training. */
  async start(): Promise<number | null> {
    const training = this.request();
    if (training === null || this.lack !== null) return null;
    await this.stopMeasuring();
    const id = await jobs.begin({ kind: "train", training, replace: false });
    this.writtenName = null;
    return id;
  }

  /** Measures the choices that were not measured yet, the chosen one first. */
  async measure(): Promise<void> {
    if (this.wantsToMeasure) return;
    this.wantsToMeasure = true;
    const order = [this.choice, ...CHOICES.filter((choice) => choice !== this.choice)];
    for (const choice of order) {
      if (!this.wantsToMeasure) break;
      const known = this.measured(choice);
      if (known?.kind !== "measured") await this.measureOne(choice);
    }
    this.wantsToMeasure = false;
  }

  /** Ends measuring. */
  async stopMeasuring(): Promise<void> {
    this.wantsToMeasure = false;
    if (this.measuringJob !== null) await jobs.stop(this.measuringJob, "discard");
  }

  /** As at the start of the program. */
  clear(): void {
    this.choice = "recommended";
    this.reset();
    this.chosenBase = BUILT_IN_BASE;
    this.writtenName = null;
    this.isAdvanced = false;
    this.results = new Map();
    this.wantsToMeasure = false;
    this.measuringJob = null;
  }

  private async measureOne(choice: RecipeChoice): Promise<void> {
    const training = this.request(choice);
    const key = this.keyOf(choice);
    if (training === null || key === null) return;
    this.note(key, { kind: "measuring" });
    try {
      const estimate = await jobs.run({ kind: "estimateTraining", training }, (id) => {
        this.measuringJob = id;
      });
      this.note(key, estimate === null ? null : { kind: "measured", estimate });
    } catch (error) {
      this.note(key, { kind: "failed", failure: failureOf(error) });
    }
    const job = this.measuringJob;
    this.measuringJob = null;
    if (job !== null) await jobs.forget(job);
  }

  private note(key: string, result: Measured): void {
    const results = new Map(this.results);
    if (result === null) results.delete(key);
    else results.set(key, result);
    this.results = results;
  }

  /** What the cost depends on: everything but the name. */
  private keyOf(choice: RecipeChoice): string | null {
    const request = this.request(choice);
    if (request === null) return null;
    return JSON.stringify([{ ...request, name: "" }, project.current?.sha256]);
  }

  private recipeFor(choice: RecipeChoice): Recipe {
    return recipeOf(choice, app.settings.threads);
  }

  private freeName(): string {
    const stem = project.current?.name.trim() ?? "";
    if (stem === "" || !this.isTaken(stem)) return stem;
    let number = 2;
    while (this.isTaken(`${stem} ${number}`)) number += 1;
    return `${stem} ${number}`;
  }

  private isTaken(name: string): boolean {
    // Names are folders, which some systems do not tell apart by case.
    const folder = name.toLowerCase();
    const { models = [], runs = [], unreadableRuns = [] } = library.content ?? {};
    return [...models, ...runs, ...unreadableRuns].some((other) => other.name.toLowerCase() === folder);
  }
}

/** The planned training. */
export const plan = new Plan();
