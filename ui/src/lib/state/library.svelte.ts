/** The models, runs and base models on this machine. */

import { ask, failureOf } from "../ipc";
import type { DevicesSummary } from "../ipc/bindings/DevicesSummary";
import type { Failure } from "../ipc/bindings/Failure";
import type { Library } from "../ipc/bindings/Library";
import type { MachineSummary } from "../ipc/bindings/MachineSummary";
import type { ModelSummary } from "../ipc/bindings/ModelSummary";

class LibraryState {
  /** What there is; nothing before it was asked for. */
  content = $state.raw<Library | null>(null);
  /** The machine; nothing before it was asked for. */
  machine = $state.raw<MachineSummary | null>(null);
  /** What a model can be computed on; nothing before somebody asked. */
  devices = $state.raw<DevicesSummary | null>(null);
  /** Why it could not be read. */
  failure = $state.raw<Failure | null>(null);

  /** The models that can be used. */
  get models(): ModelSummary[] {
    return (this.content?.models ?? []).filter((model) => model.damage === null);
  }

  /** The model of this name. */
  model(name: string | null): ModelSummary | null {
    return this.content?.models.find((model) => model.name === name) ?? null;
  }

  /** Reads it anew. */
  async refresh(): Promise<void> {
    try {
      this.content = await ask({ kind: "listLibrary" });
      this.failure = null;
    } catch (error) {
      this.failure = failureOf(error);
    }
  }

  /** Describes the machine; the status bar does without when that fails. */
  async describeMachine(): Promise<void> {
    try {
      this.machine = await ask({ kind: "describeMachine" });
    } catch {
      this.machine = null;
    }
  }

  /** Opens and tests the cards of the machine, which takes seconds. */
  async listDevices(): Promise<void> {
    this.devices = await ask({ kind: "listDevices" });
  }

  /** As at the start of the program. */
  reset(): void {
    this.content = null;
    this.machine = null;
    this.devices = null;
    this.failure = null;
  }
}

/** The library. */
export const library = new LibraryState();
