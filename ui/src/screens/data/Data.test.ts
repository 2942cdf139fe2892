import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../lib/ipc";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as fixtures from "../../lib/ipc/fixtures";
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
    .on("openTable", () => fixtures.OVERVIEW)
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
    expect(first?.textContent).toContain("2 repeated articles with different labels");
    await fireEvent.click(within(first as HTMLElement).getByRole("button"));
    await waitFor(() => expect(backend.asked("listArticles").at(-1)?.filter.finding).toBe(1));
    expect(screen.getByText("Only the rows of the finding:", { exact: false })).toBeTruthy();
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
    await expectAccessible();
  });
});
