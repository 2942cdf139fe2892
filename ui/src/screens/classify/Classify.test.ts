import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { useBackend } from "../../lib/ipc";
import type { HistoryEntry } from "../../lib/ipc/bindings/shell/HistoryEntry";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as shared from "../../lib/ipc/fixtures";
import { pressed } from "../../frame/shortcuts";
import { language } from "../../lib/i18n/language.svelte";
import { app } from "../../lib/state/app.svelte";
import { drops } from "../../lib/state/drops.svelte";
import { library } from "../../lib/state/library.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import { CLASSIFIED, EVALUATION } from "../evaluate/fixtures";
import Classify from "./Classify.svelte";
import { batch } from "./batch.svelte";
import { draft } from "./draft.svelte";

let backend: FakeBackend;
const OUTPUT = { path: "/data/out.csv", name: "out.csv", kind: "other" } as const;

beforeEach(async () => {
  language.current = "en";
  draft.reset();
  batch.reset();
  backend = new FakeBackend()
    .on("listLibrary", () => shared.LIBRARY)
    .on("classify", () => CLASSIFIED)
    .on("openTable", () => shared.OVERVIEW)
    .command("choose_path", ({ purpose }) => (purpose === "saveTable" ? OUTPUT : shared.TABLE_PATH));
  useBackend(backend);
  await library.refresh();
});

const field = (name: string): HTMLTextAreaElement => screen.getByRole("textbox", { name });
const write = (name: string, value: string): Promise<unknown> =>
  fireEvent.input(field(name), { target: { value } }) as unknown as Promise<unknown>;

async function paste(name: string, text: string): Promise<void> {
  const event = new Event("paste", { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { getData: () => text } });
  await fireEvent(field(name), event);
}

async function classify(abstractText: string): Promise<void> {
  render(Classify);
  await write("Title", "A title");
  await write("Abstract", abstractText);
  await fireEvent.click(screen.getByRole("button", { name: "Classify" }));
  await screen.findByText("cardiovascular and oncological");
}

describe("one article", () => {
  it("is answered in words, with the labels that are given first", async () => {
    await classify("An abstract");
    const items = screen.getAllByRole("listitem").map((item) => item.textContent?.replace(/\s+/g, " ").trim());
    expect(items).toEqual([
      "cardiovascular Yes 0.97",
      "oncological Yes 0.88",
      "neurological Needs a human No 0.41",
      "hepatorenal No 0.03",
    ]);
    expect(screen.getByText(/1 label is within 0.1 of the threshold/)).toBeTruthy();
    expect(screen.getByRole("meter", { name: "neurological" }).getAttribute("aria-valuetext")).toBe(
      "neurological: score 0.41, threshold 0.47",
    );
    await expectAccessible();
  });

  it("tells which card computed, or why none did", async () => {
    const onCard = { device: shared.CARD, passedOver: null };
    backend.on("classify", () => ({ ...CLASSIFIED, device: onCard }));
    await classify("An abstract");
    expect(screen.getByText(/Computed in 0.38 s on the card NVIDIA GeForce RTX 4070/)).toBeTruthy();

    const passedOver = failure("cardFull", { asked: 2_000_000_000, free: 1_000_000_000 });
    backend.on("classify", () => ({ ...CLASSIFIED, device: { ...CLASSIFIED.device, passedOver } }));
    await write("Abstract", "Another abstract");
    await fireEvent.click(screen.getByRole("button", { name: "Classify" }));
    expect(await screen.findByText(/The processor computes: The card has not enough memory/)).toBeTruthy();
    expect(screen.getByText(/Computed in 0.38 s on this computer/)).toBeTruthy();
  });

  it("shows a line where the model stopped reading", async () => {
    backend.on("classify", () => ({ ...CLASSIFIED, readUntil: "A title The part".length }));
    await classify("The part that was read");
    const text = screen.getByRole("group", { name: "Text that was read" });
    const parts = [...text.querySelectorAll("p")].map((part) => part.textContent);
    expect(parts).toEqual(["A title", "The part", "The model stopped reading here", " that was read"]);
  });

  it("is classified by Ctrl+Enter too", async () => {
    render(Classify);
    await write("Abstract", "An abstract");
    pressed(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
    await waitFor(() => expect(backend.asked("classify")).toHaveLength(1));
    expect(backend.asked("classify")[0]).toMatchObject({
      model: "medical-abstracts",
      document: { id: null, title: "", abstractText: "An abstract" },
    });
  });

  it("is told apart in a pasted PubMed record, which can be undone", async () => {
    render(Classify);
    await write("Title", "Former");
    await paste("Abstract", "PMID- 7\nTI  - A new\n      title\nAB  - Its abstract\n");
    expect([field("Title").value, field("Abstract").value]).toEqual(["A new title", "Its abstract"]);
    toasts.all.at(-1)?.action?.run();
    await waitFor(() => expect(field("Title").value).toBe("Former"));
  });

  it("leaves any other pasted text to the field", async () => {
    render(Classify);
    await paste("Abstract", "Just a sentence - with a dash.");
    expect(field("Title").value).toBe("");
  });

  it("comes from a dropped text file", async () => {
    backend.on("readText", () => "A title\n\nAn abstract");
    render(Classify);
    drops.planFor({ path: "/data/one.txt", name: "one.txt", kind: "text" })?.run();
    await waitFor(() => expect(field("Title").value).toBe("A title"));
    expect(field("Abstract").value).toBe("An abstract");
  });

  it("says when the text is another one than the answer is about", async () => {
    await classify("An abstract");
    await write("Abstract", "Another abstract");
    expect(screen.getByText("The text has changed since this result.")).toBeTruthy();
  });

  it("shows markup in labels and texts as it is", async () => {
    const label = "<img src=x onerror=alert(1)>";
    backend.on("classify", () => ({
      ...CLASSIFIED,
      answer: { ...CLASSIFIED.answer, labels: [{ label, score: 0.9, threshold: 0.5, given: true }] },
    }));
    render(Classify);
    await write("Abstract", "x");
    await fireEvent.click(screen.getByRole("button", { name: "Classify" }));
    expect((await screen.findAllByText(label)).length).toBeGreaterThan(0);
    expect(document.querySelector("img")).toBeNull();
  });

  it("tells what went wrong", async () => {
    backend.on("classify", () => {
      throw failure("unheardOf");
    });
    render(Classify);
    await write("Abstract", "x");
    await fireEvent.click(screen.getByRole("button", { name: "Classify" }));
    expect(await screen.findByRole("alert")).toBeTruthy();
  });
});

describe("the history", () => {
  const entry: HistoryEntry = {
    at: "2026-03-02T10:00:00Z",
    model: "medical-abstracts",
    document: { id: null, title: "A past title", abstractText: "A past abstract" },
    answer: CLASSIFIED.answer,
    readUntil: 19,
  };

  it("keeps what was classified", async () => {
    await classify("An abstract");
    await waitFor(() => expect(backend.calledWith("add_to_history")).toHaveLength(1));
    expect(backend.calledWith("add_to_history")[0]?.entry).toMatchObject({
      model: "medical-abstracts",
      document: { title: "A title" },
      readUntil: CLASSIFIED.readUntil,
    });
  });

  it("keeps nothing when it is switched off", async () => {
    app.settings.keepsHistory = false;
    await classify("An abstract");
    expect(backend.calledWith("add_to_history")).toEqual([]);
  });

  it("never keeps a text that looks like personal data, and says so", async () => {
    await classify("Paciente con DNI 12345678Z");
    expect(screen.getByText(/seems to hold personal data \(an identity number\)/)).toBeTruthy();
    expect(backend.calledWith("add_to_history")).toEqual([]);
  });

  it("brings an article back with its answer", async () => {
    backend.command("load_history", () => [entry]);
    render(Classify);
    await fireEvent.click(screen.getByRole("tab", { name: "History" }));
    await fireEvent.click(await screen.findByRole("button", { name: /A past title/ }));
    expect(field("Title").value).toBe("A past title");
    expect(screen.getByText("cardiovascular and oncological")).toBeTruthy();
    const read = screen.getByRole("group", { name: "Text that was read" });
    expect(read.textContent).toMatch(/A past title\s*A past\s*The model stopped reading here\s*abstract/i);
  });

  it("is wiped only after a question", async () => {
    backend.command("load_history", () => [entry]);
    render(Classify);
    await fireEvent.click(screen.getByRole("tab", { name: "History" }));
    await screen.findByRole("button", { name: /A past title/ });
    await expectAccessible();
    await fireEvent.click(screen.getByRole("button", { name: "Wipe the history…" }));
    const dialog = await screen.findByRole("dialog");
    expect(backend.calledWith("wipe_history")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Wipe" }));
    await waitFor(() => expect(backend.calledWith("wipe_history")).toHaveLength(1));
  });
});

describe("a table", () => {
  async function chosen(): Promise<void> {
    render(Classify);
    await fireEvent.click(screen.getByRole("tab", { name: "A table" }));
    await fireEvent.click(screen.getByRole("button", { name: "Choose a table…" }));
    await screen.findByText(/The columns are those the model learned/);
  }

  async function begun(): Promise<number> {
    await chosen();
    await fireEvent.click(screen.getByRole("button", { name: "Where to save it…" }));
    await screen.findByText("/data/out.csv");
    await fireEvent.click(screen.getByRole("button", { name: "Classify the table" }));
    await screen.findByRole("button", { name: "Pause" });
    return batch.job?.id ?? 0;
  }

  it("announces the columns that will be added, and asks where to save", async () => {
    await chosen();
    expect(screen.getByText("score: oncological")).toBeTruthy();
    expect(screen.getByText("Choose where to save the new table.")).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Classify the table" }).disabled).toBe(true);
    await expectAccessible();
  });

  it("asks for the columns that it cannot tell", async () => {
    backend.on("openTable", () => ({ ...shared.OVERVIEW, roles: null, columns: shared.OVERVIEW.columns.slice(3) }));
    render(Classify);
    await fireEvent.click(screen.getByRole("tab", { name: "A table" }));
    await fireEvent.click(screen.getByRole("button", { name: "Choose a table…" }));
    expect(await screen.findByText(/Choose the column of the title or of the abstract/)).toBeTruthy();
    await fireEvent.change(screen.getByRole("combobox", { name: "Title" }), { target: { value: "year" } });
    expect(screen.queryByText(/Choose the column of the title or of the abstract/)).toBeNull();
  });

  it("goes on row by row, can wait, and can be stopped with its rows kept", async () => {
    const id = await begun();
    expect(backend.asked("classifyTable")[0]?.batch).toMatchObject({
      table: shared.TABLE_PATH.path,
      output: "/data/out.csv",
      roles: { title: "title", abstractText: "abstract", labels: ["group"] },
    });
    backend.push(id, {
      state: "running",
      progress: { done: 1240, total: 3565, unit: "rows", rate: 31.4, remainingSeconds: 74 },
    });
    expect(await screen.findByText("1,240 of 3,565 rows · 31.4 rows a second · 1 min 14 secs left")).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Pause" }));
    await fireEvent.click(await screen.findByRole("button", { name: "Go on" }));
    expect(backend.calledWith("resume_job")).toEqual([{ id }]);
    await fireEvent.click(await screen.findByRole("button", { name: "Stop…" }));
    const dialog = await screen.findByRole("dialog");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Stop and keep what is done" }));
    expect(backend.calledWith("stop_job")).toEqual([{ id, how: "suspend" }]);
    expect(await screen.findByText(/Press “Classify the table” to go on/)).toBeTruthy();
  });

  it("tells why a card that is there does not compute", async () => {
    const id = await begun();
    const passedOver = failure("cardRefused", { during: "its start", reason: "unknown" });
    const device = { device: "cpu" as const, name: "Intel Core i7-1165G7", memoryBytes: null };
    backend.push(id, { state: "running", device: { device, passedOver } });
    expect(await screen.findByText(/The processor computes: The NVIDIA driver refused/)).toBeTruthy();
  });

  it("ends with what was given, what is unknown, and how good it is", async () => {
    const id = await begun();
    backend.finish(id, "classifyTable", {
      output: "/data/out.csv",
      rows: 3565,
      resumedFrom: 512,
      columns: shared.MANIFEST.columns,
      added: ["predicted labels", "word pieces cut"],
      given: [["cardiovascular", 1250]],
      withoutLabel: 31,
      withoutText: 2,
      textsCut: 41,
      evaluation: { ...EVALUATION, part: "otherTable" },
      unknownLabels: { dermatological: 12 },
      leftOut: 9,
      seconds: 113,
    });
    expect(await screen.findByText("3,565 rows classified in 1 min 53 secs")).toBeTruthy();
    expect(screen.getByText(/512 of them had been done before/)).toBeTruthy();
    expect(screen.getByRole("row", { name: "Rows without text (left empty) 2" })).toBeTruthy();
    expect(screen.getByText(/dermatological \(12\)/)).toBeTruthy();
    expect(screen.getByText(/Of 100 labels it gives, 93 are right/)).toBeTruthy();
    await expectAccessible();
    await fireEvent.click(screen.getByRole("button", { name: "Show in folder" }));
    expect(backend.calledWith("show_in_folder")).toEqual([{ path: "/data/out.csv" }]);
  });

  it("tells what went wrong, and can be tried again", async () => {
    const id = await begun();
    backend.push(id, { state: "failed", failure: failure("unheardOf") });
    await screen.findByRole("alert");
    await fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(backend.asked("classifyTable")).toHaveLength(2));
  });
});
