import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../lib/ipc";
import { corrected } from "../../lib/ipc/correctedTable";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as fixtures from "../../lib/ipc/fixtures";
import { NO_CORRECTIONS } from "../../lib/corrections";
import { language } from "../../lib/i18n/language.svelte";
import { app } from "../../lib/state/app.svelte";
import { project } from "../../lib/state/project.svelte";
import { expectAccessible } from "../../../tests/accessibility";
import Data from "./Data.svelte";

let backend: FakeBackend;

beforeEach(() => {
  language.current = "en";
  project.reset();
  backend = new FakeBackend()
    .on("openTable", ({ corrections }) => corrected(fixtures.OVERVIEW, corrections))
    .on("profileTable", ({ maxLength }) => fixtures.profile(maxLength))
    .on("drawChart", () => fixtures.DRAWN)
    .on("previewSplit", ({ split }) => ({ ...fixtures.SPLIT, split }))
    .on("listArticles", ({ offset, limit }) => ({
      total: 3565,
      articles: fixtures.articles(offset, limit),
    }));
  useBackend(backend);
});

async function openTable(): Promise<void> {
  await project.openTable(fixtures.TABLE_PATH);
  render(Data);
  await screen.findByRole("heading", { level: 1 });
}

describe("the screen Data", () => {
  it("says how to begin when no table is open", async () => {
    render(Data);
    expect(screen.getByText("No table is open yet")).toBeTruthy();
    await expectAccessible();
  });

  it("asks to check what was detected, and is ready once that is confirmed", async () => {
    await openTable();
    await fireEvent.click(screen.getByRole("button", { name: "That is right" }));
    expect(screen.getByText("All set: 4 labels in 3,541 articles.")).toBeTruthy();
  });

  it("reads the table anew when a column is given another role", async () => {
    await openTable();
    const select = screen.getByLabelText<HTMLSelectElement>("What the column year is");
    await fireEvent.change(select, { target: { value: "id" } });
    await waitFor(() => expect(backend.asked("openTable")).toHaveLength(2));
    expect(backend.asked("openTable")[1]?.roles).toMatchObject({ title: "title", id: "year", labels: ["group"] });
  });

  it("reads the table anew with the label separator that was chosen", async () => {
    await openTable();
    await fireEvent.click(screen.getByRole("button", { name: /semicolon 15 labels/ }));
    await waitFor(() => expect(backend.asked("openTable")).toHaveLength(2));
    expect(backend.asked("openTable")[1]?.roles.labelSeparator).toBe(";");
  });

  it("offers the columns that may hold the labels when they cannot be told", async () => {
    backend.on("openTable", () => fixtures.UNCLEAR);
    await openTable();
    backend.on("openTable", () => fixtures.OVERVIEW);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Go on to Train" }).disabled).toBe(true);
    await fireEvent.click(screen.getByRole("button", { name: "“group” holds the labels" }));
    await waitFor(() => expect(screen.getByText(/^All set/)).toBeTruthy());
    expect(backend.asked("openTable")[1]?.roles.labels).toEqual(["group"]);
  });

  it("shows the gravest finding first, and its rows when asked", async () => {
    await openTable();
    const [first] = within(screen.getByRole("region", { name: "List of findings" })).getAllByRole("listitem");
    expect(first?.textContent).toContain("3 rows with the same text and different labels");
    await fireEvent.click(within(first as HTMLElement).getByRole("button", { name: /^Show rows/ }));
    await waitFor(() => expect(backend.asked("listArticles").at(-1)?.filter.finding).toBe(0));
    expect(screen.getByText("Only the rows of the finding:", { exact: false })).toBeTruthy();
  });

  it("puts a finding right, says what that did, and takes it back", async () => {
    await openTable();
    expect(screen.getByText(/^The file itself is never changed/)).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Fix: leave out 14 rows: 14 repeated articles" }));
    await waitFor(() => expect(screen.queryByText("14 repeated articles")).toBeNull());
    expect(backend.asked("openTable").at(-1)?.corrections).toMatchObject({ duplicates: true, empty: false });
    expect(backend.calledWith("save_project").at(-1)?.project.corrections.duplicates).toBe(true);
    expect(screen.getByText("3,551 of 3,565 rows are used")).toBeTruthy();
    const applied = within(screen.getByRole("list", { name: "Corrections in force" }));
    expect(applied.getByText("14 rows left out")).toBeTruthy();
    await fireEvent.click(applied.getByRole("button", { name: "Undo: Repeated articles" }));
    await waitFor(() => expect(screen.getByText("14 repeated articles")).toBeTruthy());
    expect(screen.queryByRole("list", { name: "Corrections in force" })).toBeNull();
    expect(project.current?.corrections).toEqual(NO_CORRECTIONS);
  });

  it("merges spellings of a label under the name that is chosen", async () => {
    await openTable();
    await fireEvent.change(screen.getByLabelText("Name"), { target: { value: "Oncologicals" } });
    await fireEvent.click(screen.getByRole("button", { name: /^Fix: merge “oncological” into “Oncologicals”/ }));
    await waitFor(() => expect(screen.getByText("oncological → Oncologicals")).toBeTruthy());
    expect(backend.asked("openTable").at(-1)?.corrections.renamedLabels).toEqual({ oncological: "Oncologicals" });
  });

  it("offers two ways with contradictory labels, of which one holds", async () => {
    await openTable();
    await fireEvent.click(screen.getByRole("button", { name: /^Fix: join their labels \(leaves out 2 rows\)/ }));
    await waitFor(() => expect(screen.getByText("Contradictory labels joined")).toBeTruthy());
    expect(backend.asked("openTable").at(-1)?.corrections.contradictions).toBe("join");
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Fix: leave out 3 rows/ })).toBeNull());
    expect(screen.getByText("2 rows left out, their labels are on the first")).toBeTruthy();
  });

  it("lets a correction be taken back that leaves nothing to learn", async () => {
    backend.on("openTable", ({ corrections }) =>
      corrections.droppedLabels.length > 0
        ? { ...fixtures.UNCLEAR, effects: { ...fixtures.UNCLEAR.effects, droppedLabels: { dental: 3 } } }
        : fixtures.OVERVIEW,
    );
    await openTable();
    await fireEvent.click(screen.getByRole("button", { name: /^Fix: take the label from 3 rows/ }));
    await waitFor(() => expect(project.isReady).toBe(false));
    await fireEvent.click(screen.getByRole("button", { name: "Undo: Label “dental” dropped" }));
    await waitFor(() => expect(project.isReady).toBe(true));
  });

  it("shows the articles that stand in two parts, and leaves them out when asked", async () => {
    backend.on("previewSplit", ({ split }) => ({ ...fixtures.LEAKING, split }));
    await openTable();
    const banner = await screen.findByText(/2 articles of validation or test have the same title/);
    const actions = within(banner.closest(".banner") as HTMLElement);
    await fireEvent.click(actions.getByRole("button", { name: "Show rows" }));
    const table = screen.getByRole("table", { name: "Articles whose title is in training too" });
    expect(within(table).getByText("line 12")).toBeTruthy();
    expect(within(table).getByText("line 6")).toBeTruthy();
    await expectAccessible();
    await fireEvent.click(actions.getByRole("button", { name: /^Fix: leave out repeated/ }));
    await waitFor(() =>
      expect(backend.asked("openTable").at(-1)?.corrections).toMatchObject({ duplicates: true, nearDuplicates: true }),
    );
  });

  it("shows cells that look like markup as text", async () => {
    await openTable();
    expect(document.querySelector("td script")).toBeNull();
    expect(screen.getAllByText(/<script>/).length).toBeGreaterThan(0);
  });

  it("searches articles once the typing rests", async () => {
    await openTable();
    await fireEvent.click(screen.getByRole("tab", { name: "Articles" }));
    const box = await screen.findByRole("searchbox");
    await fireEvent.input(box, { target: { value: "stroke" } });
    await waitFor(() => expect(backend.asked("listArticles").at(-1)?.filter.search).toBe("stroke"));
  });

  it("keeps the notebook's split with the project", async () => {
    await openTable();
    await fireEvent.click(screen.getByRole("radio", { name: "As the notebook" }));
    await waitFor(() => expect(backend.asked("previewSplit").at(-1)?.split).toEqual({ kind: "notebook" }));
    await waitFor(() => expect(project.current?.split).toEqual({ kind: "notebook" }));
  });

  it("waits for a test table before it splits by one", async () => {
    await openTable();
    await waitFor(() => expect(backend.asked("previewSplit")).toHaveLength(1));
    await fireEvent.click(screen.getByRole("radio", { name: "Own test table" }));
    expect(project.current?.split.kind).toBe("stratified");
    backend.command("choose_path", () => ({ path: "/t/test.csv", name: "test.csv", kind: "table" }));
    await fireEvent.click(screen.getByRole("button", { name: "Choose the test table…" }));
    await waitFor(() => expect(backend.asked("previewSplit").at(-1)?.testTable).toBe("/t/test.csv"));
    expect(project.current?.testTable).toBe("/t/test.csv");
  });

  it("opens the table again for a worker that lost it", async () => {
    let isLost = true;
    backend.on("previewSplit", ({ split }) => {
      if (isLost) {
        isLost = false;
        throw failure("noOpenTable");
      }
      return { ...fixtures.SPLIT, split };
    });
    await openTable();
    await screen.findByRole("table", { name: "Articles of each label in each part" });
    expect(backend.asked("openTable")).toHaveLength(2);
  });

  it("says why a file cannot be read, and offers another try", async () => {
    backend.on("openTable", () => {
      throw failure("unexpected");
    });
    await openTable();
    expect(screen.getByText("The table could not be read")).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(backend.asked("openTable")).toHaveLength(2));
  });

  it("offers another encoding or separator where that can mend a table", async () => {
    let isRagged = true;
    backend.on("openTable", ({ corrections }) => {
      if (isRagged) throw failure("raggedRow", { path: "a.csv", line: 3, expected: 3, found: 4 });
      return corrected(fixtures.OVERVIEW, corrections);
    });
    await openTable();
    await fireEvent.click(screen.getByRole("button", { name: "Read it another way…" }));
    await expectAccessible();
    isRagged = false;
    await fireEvent.change(screen.getByLabelText("Column separator"), { target: { value: ";" } });
    await fireEvent.click(screen.getByRole("button", { name: "Read again" }));
    await waitFor(() => expect(screen.queryByText("The table could not be read")).toBeNull());
    expect(backend.asked("openTable").at(-1)?.reading).toMatchObject({ separator: ";" });
  });

  it("goes on to Train by its primary action", async () => {
    await openTable();
    await waitFor(() => expect(app.primary).not.toBeNull());
    app.primary?.();
    expect(app.screen).toBe("train");
  });

  it.each(["es", "en"] as const)("has no barriers in %s", async (spoken) => {
    language.current = spoken;
    await openTable();
    await waitFor(() => expect(document.querySelector("figure img")).not.toBeNull());
    await project.setCorrections({ ...NO_CORRECTIONS, duplicates: true, droppedLabels: ["dental"] });
    await expectAccessible();
  });
});
