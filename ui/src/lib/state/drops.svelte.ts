/** Files that hover over the window or were dropped on it. */

import type { OpenedPath } from "../ipc/bindings/shell/OpenedPath";

/** Takes a dropped file, or leaves it to the window by giving `false`. */
export type DropTaker = (path: OpenedPath) => boolean;

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

  /** Whether a screen took the file. */
  offer(path: OpenedPath): boolean {
    return this.takers.toReversed().some((taker) => taker(path));
  }
}

/** The files over the window. */
export const drops = new Drops();
