/** The jobs of this session: whole snapshots as the shell sends them, and no other state. */

import {
  type AnswerTo,
  FailureError,
  type RequestKind,
  type RequestOf,
  failureOf,
  forgetJob,
  listJobs,
  pauseJob,
  resumeJob,
  startJob,
  stopJob,
  valueOf,
  watchJob,
} from "../ipc";
import type { JobSnapshot } from "../ipc/bindings/JobSnapshot";
import type { Request } from "../ipc/bindings/Request";
import type { Stop } from "../ipc/bindings/Stop";

/** Whether nothing more will happen in a job. */
export function isOver(job: Pick<JobSnapshot, "state">): boolean {
  return job.state === "finished" || job.state === "stopped" || job.state === "failed";
}

/** Whether a job trains a model. */
export function isTraining(job: Pick<JobSnapshot, "request">): boolean {
  return job.request.kind === "train" || job.request.kind === "resumeRun";
}

/** The name of the run that a job trains. */
export function runOf(job: Pick<JobSnapshot, "request">): string | null {
  if (job.request.kind === "train") return job.request.training.name;
  return job.request.kind === "resumeRun" ? job.request.run : null;
}

/** How far a job is, in [0, 1]; nothing as long as that cannot be told. */
export function shareDone(job: JobSnapshot): number | null {
  if (job.phase === "training" && job.step !== null && job.step.totalSteps > 0) {
    return job.step.step / job.step.totalSteps;
  }
  if (job.progress === null || job.progress.total === 0) return null;
  return job.progress.done / job.progress.total;
}

/** Seconds that a job will still take; nothing as long as that cannot be told. */
export function secondsLeft(job: JobSnapshot): number | null {
  if (job.phase === "training" && job.step !== null) return job.step.remainingSeconds;
  return job.progress?.remainingSeconds ?? null;
}

class Jobs {
  /** The jobs, in the order they began. */
  all = $state.raw<JobSnapshot[]>([]);
  private waiting = new Map<number, ((job: JobSnapshot) => void)[]>();
  private overListeners = new Set<(job: JobSnapshot) => void>();

  /** The training of this session that began last. */
  get training(): JobSnapshot | null {
    return this.all.findLast(isTraining) ?? null;
  }

  /** The job that the status bar shows: a training before others, the newest before older ones. */
  get running(): JobSnapshot | null {
    const busy = this.all.filter((job) => !isOver(job));
    return busy.findLast(isTraining) ?? busy.at(-1) ?? null;
  }

  /** The job of this number. */
  byId(id: number | null): JobSnapshot | null {
    return this.all.find((job) => job.id === id) ?? null;
  }

  /** Finds the jobs that run already, when the window was closed and opened again. */
  async start(): Promise<void> {
    for (const job of await listJobs()) {
      this.see(job);
      if (!isOver(job)) await this.watch(job.id);
    }
  }

  /** Starts a job and follows it. */
  async begin(request: Request): Promise<number> {
    const id = await startJob(request);
    await this.watch(id);
    return id;
  }

  /** Starts a job and waits for its answer; throws what went wrong. */
  async run<Kind extends RequestKind>(
    request: RequestOf<Kind> & { kind: Kind },
    started: (id: number) => void = () => {},
  ): Promise<AnswerTo<Kind> | null> {
    const id = await this.begin(request);
    started(id);
    const job = await this.end(id);
    if (job.failure !== null) throw new FailureError(job.failure);
    return job.answer === null ? null : valueOf(request.kind, job.answer);
  }

  /** Waits until a job is over. */
  end(id: number): Promise<JobSnapshot> {
    const job = this.byId(id);
    if (job !== null && isOver(job)) return Promise.resolve(job);
    return new Promise((resolve) => {
      this.waiting.set(id, [...(this.waiting.get(id) ?? []), resolve]);
    });
  }

  /** Calls back once for every job that is over from now on. */
  onOver(heard: (job: JobSnapshot) => void): () => void {
    this.overListeners.add(heard);
    return () => this.overListeners.delete(heard);
  }

  /** Lets a job wait. */
  pause = (id: number): Promise<unknown> => pauseJob(id);
  /** Lets a job go on. */
  resume = (id: number): Promise<unknown> => resumeJob(id);
  /** Ends a job. */
  stop = (id: number, how: Stop): Promise<unknown> => stopJob(id, how);

  /** Forgets a job that is over. */
  async forget(id: number): Promise<void> {
    this.all = this.all.filter((job) => job.id !== id);
    try {
      await forgetJob(id);
    } catch (error) {
      if (failureOf(error).code !== "unknownJob") throw error;
    }
  }

  /** As at the start of the program. */
  reset(): void {
    this.all = [];
    this.waiting.clear();
    this.overListeners.clear();
  }

  private watch(id: number): Promise<void> {
    return watchJob(id, (snapshot) => this.see(snapshot));
  }

  private see(snapshot: JobSnapshot): void {
    const before = this.byId(snapshot.id);
    this.all = before
      ? this.all.map((job) => (job.id === snapshot.id ? snapshot : job))
      : [...this.all, snapshot];
    if (!isOver(snapshot)) return;
    for (const resolve of this.waiting.get(snapshot.id) ?? []) resolve(snapshot);
    this.waiting.delete(snapshot.id);
    if (before !== null && !isOver(before)) {
      for (const heard of this.overListeners) heard(snapshot);
    }
  }
}

/** The jobs of this session. */
export const jobs = new Jobs();
