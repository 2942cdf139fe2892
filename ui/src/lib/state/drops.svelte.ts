/** Files that hover over the window or were dropped on it. */

import type { OpenedPath } from "../ipc/bindings/shell/OpenedPath";

/** What becomes of a file. */
export interface DropPlan {
  /** The sentence that says so, or why nothing can be done. */
  text: string;
  isPossible: boolean;
  /** Does it. */
  run: () => void;
}

/** What a screen would do with a file; nothing when it leaves it to the window. */
export type DropTaker = (path: OpenedPath) => DropPlan | null;

class Drops {
  /** Those that hover now. */
  hovered = $state.raw<OpenedPath[]>([]);
  private takers: DropTaker[] = [];

  /** Lets a screen take what is dropped while it is open; the newest is asked first. */
  claim(taker: DropTaker): () => void {
    this.takers.push(taker);
    return () => {
      this.takers = this.takers.filter((other) => other !== taker);
    };
  }

  /** What the open screen would do with a file; nothing when that is left to the window. */
  planFor(path: OpenedPath): DropPlan | null {
    for (const taker of this.takers.toReversed()) {
      const plan = taker(path);
      if (plan !== null) return plan;
    }
    return null;
  }
}

/** The files over the window. */
export const drops = new Drops();
