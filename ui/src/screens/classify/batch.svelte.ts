/** The table that is to be classified. It outlives the screen. */

import { choosePath } from "../../lib/ipc";
import type { BatchSummary } from "../../lib/ipc/bindings/BatchSummary";
import type { JobSnapshot } from "../../lib/ipc/bindings/JobSnapshot";
import type { OpenedPath } from "../../lib/ipc/bindings/shell/OpenedPath";
import { isOver, jobs } from "../../lib/state/jobs.svelte";
import { NO_READING } from "../../lib/state/project.svelte";
import { choicesOf } from "../tables/roleMatching";
import { TableToRead } from "../tables/tableToRead.svelte";

class Batch {
  /** The table. */
  readonly table = new TableToRead();
  /** Where the result goes. */
  output = $state.raw<OpenedPath | null>(null);
  /** The job that classifies it. */
  private id = $state<number | null>(null);
  /** Whether that job was asked for and has no number yet. */
  private isStarting = false;

  /** That job; one that ran already when the window was opened counts too. */
  get job(): JobSnapshot | null {
    const mine = jobs.byId(this.id);
    if (mine !== null) return mine;
    return (
      jobs.all.findLast((job) => job.request.kind === "classifyTable" && !isOver(job)) ?? null
    );
  }

  /** Whether it is being classified. */
  get isRunning(): boolean {
    return this.job !== null && !isOver(this.job);
  }

  /** What came out; nothing as long as it is not finished. */
  get summary(): BatchSummary | null {
    const answer = this.job?.answer ?? null;
    return answer?.kind === "classifyTable" ? answer.value : null;
  }

  /** Whether everything is known that is needed. */
  get isReady(): boolean {
    return this.table.hasText && this.output !== null;
  }

  /** Lets the user choose where the result goes. */
  async chooseOutput(suffix: string): Promise<void> {
    const name = this.table.path?.name ?? "";
    const stem = name.replace(/\.[^.]+$/, "");
    const ending = /\.tsv$/i.test(name) ? "tsv" : "csv";
    const place = await choosePath("saveTable", `${stem} ${suffix}.${ending}`);
    if (place !== null) this.output = place;
  }

  /** Begins; where an interrupted session left rows, it goes on after them. */
  async start(model: string): Promise<void> {
    const { path, match } = this.table;
    if (path === null || match === null || this.output === null || this.isStarting) return;
    this.isStarting = true;
    try {
      await this.forgetJob();
      this.id = await jobs.begin({
        kind: "classifyTable",
        batch: {
          model,
          table: path.path,
          reading: NO_READING,
          roles: choicesOf(match),
          output: this.output.path,
        },
      });
    } finally {
      this.isStarting = false;
    }
  }

  /** Makes room for another table. */
  async clear(): Promise<void> {
    await this.forgetJob();
    this.reset();
  }

  /** As at the start of the program. */
  reset(): void {
    this.table.clear();
    this.output = null;
    this.id = null;
  }

  private async forgetJob(): Promise<void> {
    const { id } = this;
    this.id = null;
    if (id !== null && jobs.byId(id) !== null) await jobs.forget(id);
  }
}

/** The table that is to be classified. */
export const batch = new Batch();
