/** A table that a model is to classify or to be evaluated on. */

import { NO_CORRECTIONS } from "../../lib/corrections";
import { ask, failureOf } from "../../lib/ipc";
import type { Columns } from "../../lib/ipc/bindings/Columns";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import type { TableOverview } from "../../lib/ipc/bindings/TableOverview";
import type { OpenedPath } from "../../lib/ipc/bindings/shell/OpenedPath";
import { NO_READING, NO_ROLES, project } from "../../lib/state/project.svelte";
import { type ColumnMatch, matchColumns } from "./roleMatching";

/** One table, from being chosen to being understood. */
export class TableToRead {
  /** The file. */
  path = $state.raw<OpenedPath | null>(null);
  /** What it holds; nothing before it was read. */
  overview = $state.raw<TableOverview | null>(null);
  /** What its columns are taken for. */
  match = $state.raw<ColumnMatch | null>(null);
  /** Whether it is being read. */
  isReading = $state(false);
  /** Why it could not be read. */
  failure = $state.raw<Failure | null>(null);

  private turn = 0;

  /** Whether there is a text to classify in it. */
  get hasText(): boolean {
    return this.match !== null && (this.match.title !== null || this.match.abstractText !== null);
  }

  /** Reads a table, whose columns are first looked for as the model learned them. */
  async open(path: OpenedPath, learned: Columns | null): Promise<void> {
    const mine = ++this.turn;
    this.path = path;
    this.overview = null;
    this.match = null;
    this.failure = null;
    this.isReading = true;
    try {
      const overview = await ask({
        kind: "openTable",
        path: path.path,
        reading: NO_READING,
        roles: NO_ROLES,
        corrections: NO_CORRECTIONS,
      });
      if (mine !== this.turn) return;
      this.overview = overview;
      this.match = matchColumns(overview, learned);
    } catch (error) {
      if (mine === this.turn) this.failure = failureOf(error);
    } finally {
      if (mine === this.turn) this.isReading = false;
      // The worker keeps one table open, and the screen Data asks about the project's.
      if (project.current !== null) void project.read();
    }
  }

  /** Forgets it. */
  clear(): void {
    this.turn += 1;
    this.path = null;
    this.overview = null;
    this.match = null;
    this.failure = null;
    this.isReading = false;
  }
}
