/** Thresholds as the user moves them, and what they do. */

import { ask, failureOf } from "../../lib/ipc";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import type { ModelOverview } from "../../lib/ipc/bindings/ModelOverview";
import type { ThresholdGoal } from "../../lib/ipc/bindings/ThresholdGoal";
import type { ThresholdTrial } from "../../lib/ipc/bindings/ThresholdTrial";

/** How long the last change has to be ago before its effect is asked for, in milliseconds. */
const SETTLED = 200;

/** A threshold is kept within these. */
const LOWEST = 0.01;
const HIGHEST = 0.99;

/** Thresholds on trial for one model. */
export class ThresholdsOnTrial {
  /** The threshold of each label, as it stands now. */
  values = $state.raw<number[]>([]);
  /** What the saved thresholds do. */
  saved = $state.raw<ThresholdTrial | null>(null);
  /** What these do; of a moment ago while they move. */
  trial = $state.raw<ThresholdTrial | null>(null);
  /** Whether each label reaches the goal that was chosen last; forgotten when one moves by hand. */
  goalMet = $state.raw<(boolean | null)[]>([]);
  /** Why the effect cannot be told. */
  failure = $state.raw<Failure | null>(null);

  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly model: ModelOverview) {
    this.values = [...model.thresholds];
  }

  /** Whether some threshold differs from the saved one. */
  get hasChanged(): boolean {
    return this.values.some((value, index) => value !== this.model.thresholds[index]);
  }

  /** Tells what the saved thresholds do. */
  async start(): Promise<void> {
    const trial = await this.ask(() =>
      ask({ kind: "tryThresholds", model: this.model.name, thresholds: [...this.model.thresholds] }),
    );
    if (trial === null) return;
    this.saved = trial;
    this.trial ??= trial;
  }

  /** Moves one threshold; its effect follows when it rests. */
  move(label: number, value: number): void {
    if (!Number.isFinite(value)) return;
    const kept = Math.min(HIGHEST, Math.max(LOWEST, value));
    this.values = this.values.with(label, kept);
    this.goalMet = [];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tryNow(), SETTLED);
  }

  /** Chooses them all by a goal. */
  async choose(goal: ThresholdGoal): Promise<void> {
    clearTimeout(this.timer);
    const trial = await this.ask(() =>
      ask({ kind: "chooseThresholds", model: this.model.name, goal }),
    );
    if (trial === null) return;
    this.values = trial.thresholds;
    this.trial = trial;
    this.goalMet = trial.goalMet;
  }

  /** Back to the saved ones. */
  reset(): void {
    clearTimeout(this.timer);
    this.turn += 1;
    this.values = [...this.model.thresholds];
    this.trial = this.saved;
    this.goalMet = [];
  }

  /** Nothing is asked for any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.turn += 1;
  }

  private async tryNow(): Promise<void> {
    const thresholds = [...this.values];
    const trial = await this.ask(() =>
      ask({ kind: "tryThresholds", model: this.model.name, thresholds }),
    );
    if (trial !== null) this.trial = trial;
  }

  /** The answer, unless something was asked for meanwhile. */
  private async ask(question: () => Promise<ThresholdTrial>): Promise<ThresholdTrial | null> {
    const mine = ++this.turn;
    try {
      const trial = await question();
      this.failure = null;
      return mine === this.turn ? trial : null;
    } catch (error) {
      if (mine === this.turn) this.failure = failureOf(error);
      return null;
    }
  }
}
