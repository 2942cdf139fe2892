import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { language } from "../../lib/i18n/language.svelte";
import { useBackend } from "../../lib/ipc";
import type { JobSnapshot } from "../../lib/ipc/bindings/JobSnapshot";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as fixtures from "../../lib/ipc/fixtures";
import { recipeOf } from "../../lib/recipes";
import { app } from "../../lib/state/app.svelte";
import { jobs } from "../../lib/state/jobs.svelte";
import { library } from "../../lib/state/library.svelte";
import { project } from "../../lib/state/project.svelte";
import Train from "./Train.svelte";
import { plan } from "./plan.svelte";

const REQUEST = { kind: "train", training: fixtures.TRAINING, replace: false } as const;
let backend: FakeBackend;

beforeEach(() => {
  language.current = "en";
  plan.clear();
  backend = new FakeBackend()
    .on("openTable", () => fixtures.OVERVIEW)
    .on("listLibrary", () => fixtures.LIBRARY)
    .on("describeMachine", () => fixtures.MACHINE)
    .on("estimateTraining", () => fixtures.ESTIMATE);
  useBackend(backend);
});

async function openTrain(): Promise<void> {
  await library.refresh();
  await project.openTable(fixtures.TABLE_PATH);
  render(Train);
}

async function openWithJob(changes: Partial<JobSnapshot>): Promise<number> {
  const id = backend.addJob(REQUEST, { ...fixtures.RUNNING, ...changes });
  await jobs.start();
  await openTrain();
  return id;
}

const button = (name: string | RegExp): HTMLButtonElement => screen.getByRole("button", { name });

describe("the plan of a training", () => {
  it("starts with the recommended recipe, the project's split and a free name", async () => {
    await openTrain();
    expect(screen.getByText("Ready to train")).toBeTruthy();
    await fireEvent.click(button("Train"));
    await waitFor(() => expect(backend.asked("train")).toHaveLength(1));
    expect(backend.asked("train")[0]).toMatchObject({
      replace: false,
      training: {
        name: "medical-abstracts 2",
        table: fixtures.TABLE_PATH.path,
        base: "compact",
        recipe: recipeOf("recommended"),
        split: { kind: "stratified" },
      },
    });
  });

  it("says what is missing when no table is open", async () => {
    await library.refresh();
    render(Train);
    expect(screen.getByText("A table is missing")).toBeTruthy();
    expect(button("Train").disabled).toBe(true);
    await fireEvent.click(button("Open a table"));
    expect(app.screen).toBe("home");
  });

  it("leads to Data when the table cannot be learned from yet", async () => {
    backend.on("openTable", () => fixtures.UNCLEAR);
    await openTrain();
    await fireEvent.click(button("Go to Data"));
    expect(app.screen).toBe("data");
  });

  it("does not take a name that a model has, whatever its case", async () => {
    await openTrain();
    const name = screen.getByLabelText("Name of the model");
    await fireEvent.input(name, { target: { value: "Medical-Abstracts" } });
    expect(screen.getByText("There is a model or a training of this name already")).toBeTruthy();
    expect(button("Train").disabled).toBe(true);
  });

  it("measures every choice once, the chosen one first, and shows what each costs", async () => {
    await openTrain();
    await fireEvent.click(button("Measure on this computer"));
    await waitFor(() => expect(screen.getAllByText("Fits")).toHaveLength(4));
    const measured = backend.asked("estimateTraining").map(({ training }) => training.recipe);
    expect(measured[0]).toEqual(recipeOf("recommended"));
    expect(measured).toHaveLength(4);
    expect(screen.getAllByText("up to 31 mins").length).toBeGreaterThan(0);
    expect(screen.queryByRole("button", { name: "Measure on this computer" })).toBeNull();
  });

  it("says why a choice could not be measured, and measures the others", async () => {
    backend.on("estimateTraining", ({ training }) => {
      if (training.recipe.name === "notebook") throw failure("diskFull", { path: "/data" });
      return fixtures.ESTIMATE;
    });
    await openTrain();
    await fireEvent.click(button("Measure on this computer"));
    expect(await screen.findByText(/could not be measured/)).toBeTruthy();
    expect(screen.getAllByText("Fits")).toHaveLength(3);
  });

  it("counts the settings that were changed, and takes them back", async () => {
    await openTrain();
    await fireEvent.click(screen.getByText("Advanced"));
    const epochs = await screen.findByLabelText("Epochs");
    await fireEvent.change(epochs, { target: { value: "7" } });
    expect(screen.getAllByText("1 setting changed")).toHaveLength(2);
    expect(plan.recipe.epochs).toBe(7);
    await fireEvent.click(button("Back to the choice's values"));
    expect(plan.recipe).toEqual(recipeOf("recommended"));
  });

  it("marks a setting that is not possible, and does not start with it", async () => {
    await openTrain();
    await fireEvent.click(screen.getByText("Advanced"));
    await fireEvent.change(await screen.findByLabelText("Warm-up"), { target: { value: "1.5" } });
    expect(screen.getByText("Between 0 and 0.99")).toBeTruthy();
    expect(screen.getByText("Correct the marked settings under Advanced")).toBeTruthy();
    await fireEvent.change(screen.getByLabelText("Warm-up"), { target: { value: "0.2" } });
    expect(screen.getByText("Ready to train")).toBeTruthy();
  });

  it("does not start with more word pieces than the base model reads", async () => {
    await openTrain();
    await fireEvent.click(screen.getByText("Advanced"));
    await fireEvent.change(await screen.findByLabelText("Maximum length"), { target: { value: "600" } });
    expect(screen.getByText("The base model reads at most 512")).toBeTruthy();
    expect(button("Train").disabled).toBe(true);
  });

  it("says that the notebook's numbers need the notebook's split", async () => {
    await openTrain();
    await fireEvent.click(screen.getByLabelText(/^Notebook/));
    expect(screen.getByText(/choose its exact split in Data/)).toBeTruthy();
  });

  it("has nothing that axe objects to, with Advanced open, in Spanish", async () => {
    language.current = "es";
    await openTrain();
    await fireEvent.click(screen.getByText("Avanzado"));
    await screen.findByLabelText("Épocas");
    await expectAccessible();
  });
});

describe("a training that runs", () => {
  it("shows phase, epoch, time and speed, and what the curves say", async () => {
    await openWithJob({});
    expect(screen.getByText("3.63 of 5")).toBeTruthy();
    expect(screen.getByText("8 mins 24 secs")).toBeTruthy();
    expect(screen.getByText("9.1 articles/s")).toBeTruthy();
    expect(screen.getByText("Still improving.")).toBeTruthy();
    expect(screen.getByText("Train", { selector: "li" }).getAttribute("aria-current")).toBe("step");
    await expectAccessible();
  });

  it("follows the snapshots that come", async () => {
    const id = await openWithJob({});
    backend.push(id, { history: fixtures.historyOf([0.8, 0.9, 0.89, 0.88]) });
    expect(await screen.findByText(/No better for 2 evaluations\. It will stop after 1 more/)).toBeTruthy();
  });

  it("is paused and resumed", async () => {
    const id = await openWithJob({});
    await fireEvent.click(button("Pause"));
    await fireEvent.click(await screen.findByRole("button", { name: "Resume" }));
    await screen.findByRole("button", { name: "Pause" });
    expect(backend.calledWith("pause_job")).toEqual([{ id }]);
    expect(backend.calledWith("resume_job")).toEqual([{ id }]);
  });

  it.each([
    ["keep", /^Stop and keep the best/],
    ["suspend", /^Stop and go on another day/],
    ["discard", /^Discard/],
  ] as const)("is stopped with what becomes of it: %s", async (how, name) => {
    const id = await openWithJob({});
    await fireEvent.click(button("Stop…"));
    const dialog = await screen.findByRole("dialog");
    await expectAccessible(dialog);
    await fireEvent.click(within(dialog).getByRole("button", { name }));
    await waitFor(() => expect(backend.calledWith("stop_job")).toEqual([{ id, how }]));
  });

  it("warns of articles that stand in training and test", async () => {
    await openWithJob({
      prepared: { trainingRows: 10, validationRows: 2, testRows: 2, leaks: 3, textsCut: 0, threads: 4 },
    });
    expect(screen.getByText(/3 validation or test articles have the title/)).toBeTruthy();
  });

  it("shows how well each label is recognised, and what changed", async () => {
    await openWithJob({});
    const card = screen.getByRole("region", { name: "F1 of each label" });
    const label = within(card).getAllByRole("listitem")[0] as HTMLElement;
    expect(label.textContent).toContain("cardiovascular");
    expect(within(label).getByRole("meter").getAttribute("aria-valuetext")).toBe("F1 0.942");
    expect(within(label).getByText("up 0.028 since the evaluation before")).toBeTruthy();
    expect(within(card).getByText("down 0.002 since the evaluation before")).toBeTruthy();
  });

  it("shows what it uses of the computer", async () => {
    await library.describeMachine();
    const id = await openWithJob({});
    const card = screen.getByRole("region", { name: "Computer" });
    expect(card.textContent).toContain("Intel Core i7-1165G7");
    expect(card.textContent).toContain("8 threads");
    expect(within(card).getByRole("meter", { name: "Use of the processor" }).getAttribute("aria-valuetext")).toBe("94%");
    expect(within(card).getByText("1.4 GB of 17 GB")).toBeTruthy();
    const resources = { ...fixtures.RUNNING.resources!, processorShare: 0, machineMemoryAvailableBytes: 900_000_000 };
    backend.push(id, { state: "paused", resources });
    expect(await within(card).findByText("0%")).toBeTruthy();
    expect(within(card).getByText("Only 900 MB are free: close other programs")).toBeTruthy();
  });

  it("names the articles that it is most wrong about, with their labels", async () => {
    await openWithJob({});
    const card = screen.getByRole("region", { name: /most wrong about/ });
    const [first, second, , untitled] = within(card).getAllByRole("listitem");
    expect(first?.textContent).toMatch(/<script>.*row 1,205.*oncological.*none/s);
    expect(second?.textContent).toContain("cardiovascular and oncological");
    expect(untitled?.textContent).toMatch(/Untitled.*row 656.*none.*neurological/s);
    expect(within(card).getByText(/They are validation articles/)).toBeTruthy();
  });

  it("has a place for everything before the first values come", async () => {
    await openWithJob({
      step: null,
      prepared: null,
      history: { losses: [], validations: [] },
      worst: [],
      resources: null,
    });
    expect(screen.getAllByRole("img")).toHaveLength(2);
    const labels = screen.getByRole("region", { name: "F1 of each label" });
    expect(within(labels).getAllByRole("listitem")).toHaveLength(4);
    expect(screen.getByText("They appear with the first evaluation.")).toBeTruthy();
    expect(screen.getAllByText("–").length).toBeGreaterThan(8);
    await expectAccessible();
  });

  it("lets its curves be read as numbers", async () => {
    await openWithJob({});
    await fireEvent.click(screen.getAllByRole("button", { name: "Show the numbers" })[0] as HTMLElement);
    expect(screen.getByRole("table", { name: "Macro-F1" }).textContent).toContain("0.9120");
  });
});

describe("a card", () => {
  it("that has no room for the batch is given as many micro-batches as it has room for", async () => {
    backend.on("estimateTraining", () => ({ ...fixtures.ESTIMATE, device: fixtures.CARD, microBatches: 4 }));
    await openTrain();
    await fireEvent.click(button("Measure on this computer"));
    expect(await screen.findByText(/In 4 micro-batches it has, with the same result/)).toBeTruthy();
    expect(screen.getByText("NVIDIA GeForce RTX 4070")).toBeTruthy();
    await fireEvent.click(button("Use 4 micro-batches"));
    await fireEvent.click(button("Train"));
    await waitFor(() => expect(backend.asked("train")[0]?.training.recipe.microBatches).toBe(4));
  });

  it("that computes shows its name, its use and its memory", async () => {
    await openWithJob(fixtures.RUNNING_ON_CARD);
    expect(screen.getByText("NVIDIA GeForce RTX 4070")).toBeTruthy();
    expect(screen.getByText("3 GB of 13 GB")).toBeTruthy();
    expect(screen.getByRole("meter", { name: "Use of the card" }).getAttribute("aria-valuetext")).toMatch(/97\s?%/);
  });

  it("that was passed over leaves the processor to compute, and is told why", async () => {
    const passedOver = failure("cardRefused", { during: "its start", reason: "unknown" });
    const device = { device: "cpu" as const, name: "Intel Core i7-1165G7", memoryBytes: null };
    await openWithJob({ ...fixtures.RUNNING, device: { device, passedOver } });
    expect(screen.getByText(/The processor computes: The NVIDIA driver refused/)).toBeTruthy();
  });
});

describe("a training that is over", () => {
  it("shows its F1 on test beside the simple method, and leads to the results", async () => {
    await openWithJob({
      state: "finished",
      answer: {
        kind: "train",
        value: { model: "m", end: "stoppedEarly", headline: fixtures.MANIFEST.headline, seconds: 1840 },
      },
    });
    expect(screen.getByText("0.926")).toBeTruthy();
    expect(screen.getByText("Simple method for comparison: micro-F1 0.871")).toBeTruthy();
    await fireEvent.click(button("See the results"));
    expect(app.screen).toBe("evaluate");
    expect(app.takeErrand("evaluate")).toEqual({ kind: "evaluate", model: "m" });
    await expectAccessible();
  });

  it("that failed says why, and is resumed from its last saved point", async () => {
    const run = { name: "medical-abstracts", began: "", request: fixtures.TRAINING, step: 1, totalSteps: 9, bytes: 1, isBusy: false };
    backend.on("listLibrary", () => ({ ...fixtures.LIBRARY, runs: [run] }));
    await openWithJob({ state: "failed", failure: failure("diskFull", { path: "/data" }) });
    expect(screen.getByRole("alert").textContent).toContain("“medical-abstracts” broke off");
    await fireEvent.click(button("Resume the training"));
    await waitFor(() => expect(backend.asked("resumeRun")).toEqual([{ kind: "resumeRun", run: "medical-abstracts", device: null }]));
    expect(await screen.findByText("Training “medical-abstracts”")).toBeTruthy();
  });

  it("that a card could not do is offered to the processor, and never taken there by itself", async () => {
    const details = { asked: 2_000_000_000, free: 1_000_000_000, microBatches: 4 };
    await openWithJob({ state: "failed", failure: failure("cardTooSmall", details) });
    expect(screen.getByRole("alert").textContent).toContain("Compute each batch in 4 micro-batches");
    expect(backend.asked("train")).toEqual([]);
    await fireEvent.click(button("Train on the processor"));
    await waitFor(() => expect(backend.asked("train")).toHaveLength(1));
    expect(backend.asked("train")[0]?.training.recipe.device).toBe("cpu");
  });

  it("is put aside to train another", async () => {
    await openWithJob({ state: "stopped" });
    expect(screen.getByText("What it learned was discarded.")).toBeTruthy();
    await fireEvent.click(button("Close"));
    await waitFor(() => expect(jobs.training).toBeNull());
  });
});
