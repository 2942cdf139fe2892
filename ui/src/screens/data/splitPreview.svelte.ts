/** How a split would come out. */

import { failureOf } from "../../lib/ipc";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import type { SplitChoice } from "../../lib/ipc/bindings/SplitChoice";
import type { SplitOverview } from "../../lib/ipc/bindings/SplitOverview";
import { askTable } from "../../lib/state/openTable";

/** The preview of the split that was chosen last. */
export class SplitPreview {
  /** The parts; nothing before they are known. */
  overview = $state.raw<SplitOverview | null>(null);
  /** Why it cannot be split so. */
  failure = $state.raw<Failure | null>(null);
  /** Whether another one is being asked for. */
  isBusy = $state(false);

  private turn = 0;

  /** Asks for a split; of several the last one is shown. */
  async show(split: SplitChoice, testTable: string | null): Promise<void> {
    const turn = ++this.turn;
    this.isBusy = true;
    try {
      const overview = await askTable({ kind: "previewSplit", split, testTable });
      if (turn !== this.turn) return;
      this.overview = overview;
      this.failure = null;
    } catch (error) {
      if (turn === this.turn) this.failure = failureOf(error);
    } finally {
      if (turn === this.turn) this.isBusy = false;
    }
  }

  /** Shows nothing, as long as the choice is not complete. */
  clear(): void {
    this.turn += 1;
    this.overview = null;
    this.failure = null;
    this.isBusy = false;
  }
}
