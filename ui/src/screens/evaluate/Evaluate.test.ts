import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { useBackend } from "../../lib/ipc";
import type { ModelOverview } from "../../lib/ipc/bindings/ModelOverview";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as shared from "../../lib/ipc/fixtures";
import { language } from "../../lib/i18n/language.svelte";
import { app } from "../../lib/state/app.svelte";
import { library } from "../../lib/state/library.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import Evaluate from "./Evaluate.svelte";
import * as fixtures from "./fixtures";

let backend: FakeBackend;
let overview: ModelOverview;

beforeEach(async () => {
  language.current = "en";
  overview = fixtures.MODEL_OVERVIEW;
  backend = new FakeBackend()
    .on("listLibrary", () => shared.LIBRARY)
    .on("openModel", () => overview)
    .on("drawChart", () => shared.DRAWN)
    .on("openTable", () => shared.OVERVIEW)
    .on("tryThresholds", ({ thresholds }) => fixtures.trialOf(thresholds))
    .on("chooseThresholds", () => fixtures.trialOf([0.3, 0.3, 0.3, 0.3], [true, true, null, false]))
    .on("setThresholds", ({ thresholds }) => ({ ...overview, thresholds }))
    .on("listJudged", ({ offset, limit }) => ({
      total: 8,
      articles: fixtures.judged(offset, Math.min(limit, 8 - offset)),
      tableIsThere: true,
    }));
  useBackend(backend);
  await library.refresh();
});

async function open(tab: string | null = null): Promise<void> {
  render(Evaluate);
  await screen.findByRole("tab", { name: "Overview" });
  if (tab !== null) await fireEvent.click(screen.getByRole("tab", { name: tab }));
}

describe("the overview", () => {
  it("says what was corrected in the data that the model learned from", async () => {
    const { manifest } = fixtures.MODEL_OVERVIEW;
    overview = {
      ...fixtures.MODEL_OVERVIEW,
      manifest: manifest && {
        ...manifest,
        corrections: { ...manifest.corrections, duplicates: true, renamedLabels: { Onco: "oncological" } },
        effects: { ...manifest.effects, used: 3551, duplicates: 14, renamedLabels: { Onco: 31 } },
      },
    };
    await open();
    const list = within(await screen.findByRole("list", { name: "3,551 of 3,565 rows are used." }));
    expect(list.getByText("14 rows left out")).toBeTruthy();
    expect(list.getByText("Onco → oncological")).toBeTruthy();
  });

  it("begins with a sentence, and shows macro F1 before all other numbers", async () => {
    await open();
    expect(
      screen.getByText("Of 100 labels it gives, 93 are right; of 100 it should give, it finds 93."),
    ).toBeTruthy();
    const rows = within(screen.getByRole("table", { name: "Main numbers" })).getAllByRole("row");
    expect(rows[1]?.textContent).toMatch(/Macro F1.*0\.92.*0\.90 to 0\.94.*0\.82/s);
    expect(rows.map((row) => row.querySelector("th")?.firstChild?.textContent?.trim())).toEqual([
      "Measure",
      "Macro F1",
      "Micro F1",
      "Weighted F1",
      "Samples F1",
      "Exact match",
      "Hamming loss",
    ]);
    await expectAccessible();
  });

  it("warns that numbers of the validation articles are optimistic", async () => {
    overview = { ...overview, evaluation: { ...fixtures.EVALUATION, part: "validation" } };
    await open();
    expect(screen.getByText(/They are optimistic/)).toBeTruthy();
    expect(screen.getByText("Validation · 357 articles")).toBeTruthy();
  });

  it("says n/a where a number is not defined, and never 0", async () => {
    const metrics = {
      ...fixtures.EVALUATION.metrics,
      weighted: { precision: null, recall: null, f1: null },
    };
    overview = {
      ...overview,
      evaluation: {
        ...fixtures.EVALUATION,
        metrics,
        ofHundred: { right: null, found: null },
        baseline: null,
      },
    };
    await open();
    expect(screen.getByRole("row", { name: /Weighted F1/ }).textContent).toMatch(/n\/a/);
    expect(screen.getByText(/It gives these articles no label/)).toBeTruthy();
    expect(screen.getByText("There is no linear baseline to compare with.")).toBeTruthy();
  });

  it("does not call a model better whose interval holds the baseline", async () => {
    const macroF1 = { low: 0.8, high: 0.94 };
    overview = {
      ...overview,
      evaluation: {
        ...fixtures.EVALUATION,
        intervals: { ...fixtures.EVALUATION.intervals, macroF1 },
      },
    };
    await open();
    expect(screen.getByText(/There is no clear difference/)).toBeTruthy();
  });
});

describe("the labels", () => {
  it("show counts left of rates, and open the articles behind a count", async () => {
    await open("Labels");
    const row = screen.getByRole("row", { name: /^cardiovascular/ });
    const cells = within(row).getAllByRole("cell");
    expect(cells.map((cell) => cell.textContent?.replace(/\s+/g, " ").trim())).toEqual([
      "127",
      "119",
      "8",
      "7",
      "0.94",
      "0.94",
      "0.94 [0.91–0.97]",
      "0.96",
      "0.42",
    ]);
    await fireEvent.click(within(row).getByRole("button", { name: "8 missed of “cardiovascular”: read them" }));
    await screen.findByRole("heading", { name: "Missed for “cardiovascular”" });
    expect(backend.asked("listJudged")[0]).toMatchObject({ label: 0, cell: "missed", offset: 0 });
    expect(await screen.findByText("cardiovascular · missed")).toBeTruthy();
    await expectAccessible();
  });

  it("can be sorted by what was missed", async () => {
    await open("Labels");
    await fireEvent.click(screen.getByRole("button", { name: "Missed" }));
    const names = screen.getAllByRole("rowheader").map((cell) => cell.textContent?.trim());
    expect(names[0]).toBe("neurological");
  });

  it("let the articles be read one after the other, with scripts in titles as text", async () => {
    await open("Labels");
    await fireEvent.click(screen.getByRole("button", { name: /^8 missed of “cardiovascular”/ }));
    await screen.findByRole("article");
    for (let turn = 0; turn < 5; turn += 1) {
      await fireEvent.click(screen.getByRole("button", { name: "Next" }));
    }
    expect(within(screen.getByRole("article")).getByRole("heading", { level: 3 }).textContent).toBe(
      "<script>alert(1)</script> & other titles that are shown as they are",
    );
    expect(document.querySelector("article script")).toBeNull();
  });

  it("say so when the table moved, and show the scores all the same", async () => {
    backend.on("listJudged", () => ({
      total: 1,
      articles: fixtures.judged(0, 1).map((one) => ({
        ...one,
        article: { ...one.article, title: "", abstractText: "" },
      })),
      tableIsThere: false,
    }));
    await open("Labels");
    await fireEvent.click(screen.getByRole("button", { name: /^8 missed of “cardiovascular”/ }));
    expect(await screen.findByText(/The table is no longer where it was/)).toBeTruthy();
    expect(screen.getByRole("meter", { name: "oncological" })).toBeTruthy();
  });
});

describe("the curves", () => {
  it("are drawn in the window's theme and language", async () => {
    app.settings.theme = "dark";
    await open("Curves");
    await waitFor(() => expect(backend.asked("drawChart")).toHaveLength(1));
    expect(backend.asked("drawChart")[0]).toMatchObject({
      source: { kind: "model", model: "medical-abstracts" },
      chart: "precision-recall",
      style: { theme: "dark", language: "en" },
    });
    await fireEvent.click(screen.getByRole("radio", { name: "ROC" }));
    await waitFor(() => expect(backend.asked("drawChart").at(-1)?.chart).toBe("roc"));
  });

  it("of a training are left out where a model keeps none", async () => {
    overview = { ...overview, history: null };
    await open("Curves");
    expect(screen.queryByRole("radio", { name: "Loss" })).toBeNull();
    await expectAccessible();
  });
});

describe("the thresholds", () => {
  it("show their effect once they rest, and are asked for once for many moves", async () => {
    await open("Thresholds");
    await waitFor(() => expect(backend.asked("tryThresholds")).toHaveLength(1));
    vi.useFakeTimers();
    const slider = screen.getByRole("slider", { name: "Slide the threshold of “cardiovascular”" });
    for (const value of ["0.5", "0.6", "0.7"]) {
      await fireEvent.input(slider, { target: { value } });
    }
    expect(backend.asked("tryThresholds")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(backend.asked("tryThresholds")).toHaveLength(2);
    expect(backend.asked("tryThresholds")[1]?.thresholds).toEqual([0.7, 0.5, 0.47, 0.38]);
    expect(screen.getByText("There are unsaved changes")).toBeTruthy();
  });

  it("are written with the decimal sign of the language, read with either, and never lost", async () => {
    await open("Thresholds");
    language.current = "es";
    const field = await screen.findByRole<HTMLInputElement>("textbox", { name: "Umbral de «cardiovascular»" });
    const before = field.value;
    expect(before).toMatch(/^0,\d\d$/);
    for (const [text, shown] of [["0,6", "0,60"], ["0.25", "0,25"], ["mucho", "0,25"], ["", "0,25"], ["1", "0,25"]] as const) {
      await fireEvent.change(field, { target: { value: text } });
      expect(field.value).toBe(shown);
    }
  });

  it("to miss at most 5 % are asked for as finding at least 95 %", async () => {
    await open("Thresholds");
    await fireEvent.click(screen.getByRole("radio", { name: "Miss at most" }));
    await fireEvent.click(screen.getByRole("button", { name: "Choose" }));
    await waitFor(() => expect(backend.asked("chooseThresholds")).toHaveLength(1));
    expect(backend.asked("chooseThresholds")[0]?.goal).toEqual({ kind: "recallAtLeast", least: 0.95 });
    expect(await screen.findAllByText("Reached")).toHaveLength(2);
    expect(screen.getAllByText("Not reached")).toHaveLength(1);
    await expectAccessible();
  });

  it("are saved with the model, and can be taken back", async () => {
    await open("Thresholds");
    await fireEvent.click(screen.getByRole("button", { name: "Choose" }));
    await screen.findByText("There are unsaved changes");
    await fireEvent.click(screen.getByRole("button", { name: "Save the thresholds" }));
    await waitFor(() => expect(toasts.all.at(-1)?.text).toBe("Thresholds saved with the model"));
    toasts.all.at(-1)?.action?.run();
    await waitFor(() => expect(backend.asked("setThresholds")).toHaveLength(2));
    expect(backend.asked("setThresholds").map((request) => request.thresholds)).toEqual([
      [0.3, 0.3, 0.3, 0.3],
      shared.MANIFEST.thresholds,
    ]);
  });

  it("ask for a possible percentage", async () => {
    await open("Thresholds");
    await fireEvent.click(screen.getByRole("radio", { name: "Precision of at least" }));
    await fireEvent.input(screen.getByRole("spinbutton", { name: "Percentage of “Precision of at least”" }), {
      target: { value: "120" },
    });
    expect(screen.getByText("Write a number between 1 and 99.")).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Choose" }).disabled).toBe(true);
  });
});

describe("the report", () => {
  it("is written where the user wants it, and shown there", async () => {
    backend
      .command("choose_path", () => ({ path: "/home/ana/report", name: "report", kind: "other" }))
      .on("writeReport", ({ path }) => `${path}/report.md`);
    await open("Report");
    await fireEvent.click(screen.getByRole("button", { name: /Choose a folder/ }));
    await fireEvent.click(await screen.findByRole("button", { name: "Show in folder" }));
    expect(backend.asked("writeReport")[0]).toMatchObject({ path: "/home/ana/report", style: { language: "en" } });
    expect(backend.calledWith("show_in_folder")).toEqual([{ path: "/home/ana/report/report.md" }]);
  });

  it("is not begun when the choice is cancelled", async () => {
    await open("Report");
    await fireEvent.click(screen.getByRole("button", { name: /Choose a folder/ }));
    expect(backend.asked("writeReport")).toEqual([]);
  });
});

describe("another table", () => {
  it("is evaluated by a job, whose result tells which labels are unknown", async () => {
    backend
      .command("choose_path", () => shared.TABLE_PATH)
      .on("evaluateTable", () => ({
        evaluation: { ...fixtures.EVALUATION, part: "otherTable" },
        unknownLabels: { dermatological: 12 },
        leftOut: 9,
      }));
    await open();
    await fireEvent.click(screen.getByRole("button", { name: "Evaluate on another table…" }));
    const dialog = await screen.findByRole("dialog");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Choose a table…" }));
    await within(dialog).findByText(/The columns are those the model learned/);
    await expectAccessible(dialog);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Evaluate" }));
    expect(await screen.findByText(/does not know these labels.*dermatological \(12\)/)).toBeTruthy();
    expect(backend.asked("evaluateTable")[0]?.evaluation).toMatchObject({
      model: "medical-abstracts",
      roles: { title: "title", abstractText: "abstract", labels: ["group"], labelSeparator: "|" },
    });
    expect(screen.queryByRole("button", { name: /read them/ })).toBeNull();
    await fireEvent.click(screen.getByRole("button", { name: "Back to the model’s own evaluation" }));
    expect(screen.getByRole("tab", { name: "Overview" })).toBeTruthy();
  });
});

describe("without anything to show", () => {
  it("leads to Models when there is no model", async () => {
    backend.on("listLibrary", () => shared.EMPTY_LIBRARY);
    await library.refresh();
    render(Evaluate);
    await fireEvent.click(screen.getByRole("button", { name: "Go to Models" }));
    expect(app.screen).toBe("models");
  });

  it("tells what went wrong, and tries again", async () => {
    backend.on("openModel", () => {
      throw failure("unheardOf");
    });
    render(Evaluate);
    await screen.findByRole("alert");
    backend.on("openModel", () => overview);
    await fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("tab", { name: "Overview" })).toBeTruthy();
  });

  it("offers another table where a model brings no evaluation", async () => {
    overview = { ...overview, evaluation: null };
    render(Evaluate);
    expect(await screen.findByText("This model brings no evaluation")).toBeTruthy();
    await expectAccessible();
  });
});
