/** The counts of the open table in word pieces, which its charts are drawn from. */

import { failureOf } from "../../lib/ipc";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import type { TableProfile } from "../../lib/ipc/bindings/TableProfile";
import { BUILT_IN_BASE, recipeOf } from "../../lib/recipes";
import { askTable } from "../../lib/state/openTable";

/** Counts every table that is read, once. */
export class TableProfiling {
  /** The counts; nothing before they are there. */
  profile = $state.raw<TableProfile | null>(null);
  /** Why it could not be counted. */
  failure = $state.raw<Failure | null>(null);

  private counted: number | null = null;

  /** Counts the table of this reading; nothing when there is none to count. */
  async follow(reading: number | null): Promise<void> {
    if (reading === this.counted) return;
    this.counted = reading;
    this.profile = null;
    this.failure = null;
    if (reading !== null) await this.count(reading);
  }

  /** Counts again after it failed. */
  async retry(): Promise<void> {
    this.failure = null;
    if (this.counted !== null) await this.count(this.counted);
  }

  private async count(reading: number): Promise<void> {
    const { maxLength } = recipeOf("recommended");
    try {
      const profile = await askTable({ kind: "profileTable", base: BUILT_IN_BASE, maxLength });
      if (reading === this.counted) this.profile = profile;
    } catch (error) {
      if (reading === this.counted) this.failure = failureOf(error);
    }
  }
}
