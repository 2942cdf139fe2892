import { beforeEach, describe, expect, it } from "vitest";
import { FailureError, useBackend } from "../src/lib/ipc";
import { FakeBackend, failure } from "../src/lib/ipc/fake";
import * as fixtures from "../src/lib/ipc/fixtures";
import { jobs, secondsLeft, shareDone } from "../src/lib/state/jobs.svelte";

const training = { kind: "train", training: fixtures.TRAINING, replace: false } as const;
let backend: FakeBackend;

beforeEach(() => {
  jobs.reset();
  backend = new FakeBackend();
  useBackend(backend);
});

describe("jobs", () => {
  it("are found again when the window opens while one runs", async () => {
    const id = backend.addJob(training, fixtures.RUNNING);
    await jobs.start();
    expect(jobs.running?.id).toBe(id);
    backend.push(id, { state: "paused" });
    expect(jobs.running?.state).toBe("paused");
  });

  it("give their answer to who waits for it", async () => {
    backend.on("estimateTraining", () => fixtures.ESTIMATE);
    const estimate = await jobs.run({ kind: "estimateTraining", training: fixtures.TRAINING });
    expect(estimate?.seconds).toBe(fixtures.ESTIMATE.seconds);
  });

  it("throw their failure at who waits for them", async () => {
    backend.on("estimateTraining", () => {
      throw failure("diskFull", { path: "/models" });
    });
    const error = await jobs
      .run({ kind: "estimateTraining", training: fixtures.TRAINING })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FailureError);
    expect((error as FailureError).failure.code).toBe("diskFull");
  });

  it("tell once that they are over", async () => {
    const over: string[] = [];
    jobs.onOver((job) => over.push(job.state));
    const id = await jobs.begin(training);
    backend.push(id, { state: "stopped" });
    backend.push(id, { state: "stopped" });
    expect(over).toEqual(["stopped"]);
  });

  it("show a training before other work in the status bar", async () => {
    const id = await jobs.begin(training);
    await jobs.begin({ kind: "getBase", name: "bert-base-uncased" });
    expect(jobs.running?.id).toBe(id);
  });

  it("know how far a training is by its updates, and nothing before the first", async () => {
    const id = backend.addJob(training, fixtures.RUNNING);
    const job = backend.job(id);
    expect(job && shareDone(job)).toBeCloseTo((job?.step?.step ?? 0) / (job?.step?.totalSteps ?? 1));
    expect(job && secondsLeft(job)).toBe(job?.step?.remainingSeconds);
    const fresh = backend.job(backend.addJob(training));
    expect(fresh && shareDone(fresh)).toBeNull();
  });
});
