import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../src/lib/ipc";
import { FakeBackend, failure } from "../src/lib/ipc/fake";
import * as fixtures from "../src/lib/ipc/fixtures";
import { project, roleOf, withRole } from "../src/lib/state/project.svelte";

const found = { title: "title", abstractText: "abstract", id: "pmid", labels: ["group"], labelSeparator: "|" };

describe("the role of a column", () => {
  it("takes the role from the column that had it", () => {
    expect(withRole(found, "notes", "abstractText", new Set())).toMatchObject({
      title: "title",
      abstractText: "notes",
    });
  });

  it("leaves a column without a role when another has its name no more", () => {
    expect(withRole(found, "title", "unused", new Set()).title).toBe("");
    expect(withRole(found, "pmid", "unused", new Set()).id).toBe("");
  });

  it("lets several columns of 0 and 1 be labels together", () => {
    const indicators = new Set(["heart", "brain"]);
    const choices = withRole({ ...found, labels: ["heart"] }, "brain", "labels", indicators);
    expect(choices.labels).toEqual(["heart", "brain"]);
  });

  it("lets one column of names be the labels in place of others", () => {
    expect(withRole(found, "topic", "labels", new Set()).labels).toEqual(["topic"]);
  });

  it("forgets the separator with the column that it was found in", () => {
    expect(withRole(found, "topic", "labels", new Set()).labelSeparator).toBeNull();
    expect(withRole(found, "notes", "id", new Set()).labelSeparator).toBe("|");
  });

  it("is read from what was found", () => {
    expect(["title", "group", "pmid", "year"].map((name) => roleOf(name, found))).toEqual([
      "title",
      "labels",
      "id",
      "unused",
    ]);
  });
});

describe("a project", () => {
  let backend: FakeBackend;

  beforeEach(() => {
    project.reset();
    backend = new FakeBackend().on("openTable", () => fixtures.OVERVIEW);
    useBackend(backend);
  });

  it("is made of a table that is opened for the first time, and kept", async () => {
    await project.openTable(fixtures.TABLE_PATH, new Date("2026-03-02T09:00:00Z"));
    const saved = backend.calledWith("save_project").at(-1)?.project;
    expect(saved).toMatchObject({
      name: "medical-abstracts",
      rows: 3565,
      sha256: fixtures.OVERVIEW.source.sha256,
      created: "2026-03-02T09:00:00.000Z",
    });
    expect(saved?.id).toMatch(/^medical-abstracts-[a-z0-9]+$/);
  });

  it("is the one that the table belongs to when it was opened before", async () => {
    backend.command("list_projects", () => [{ ...fixtures.PROJECT, table: fixtures.TABLE_PATH.path }]);
    await project.refresh();
    await project.openTable(fixtures.TABLE_PATH);
    expect(project.current?.id).toBe(fixtures.PROJECT.id);
  });

  it("says that its table has changed since", async () => {
    await project.openProject({ ...fixtures.PROJECT, sha256: "other" });
    expect(project.hasChanged).toBe(true);
  });

  it("keeps what was read last when two readings overlap", async () => {
    const waiting: ((overview: typeof fixtures.OVERVIEW) => void)[] = [];
    backend.on("openTable", () => new Promise((resolve) => waiting.push(resolve)));
    const first = project.openTable(fixtures.TABLE_PATH);
    const second = project.read();
    await Promise.resolve();
    waiting[1]?.({ ...fixtures.OVERVIEW, labelled: 7 });
    await second;
    waiting[0]?.({ ...fixtures.OVERVIEW, labelled: 1 });
    await first;
    expect(project.overview?.labelled).toBe(7);
  });

  it("holds the failure when its table cannot be read, and is not ready", async () => {
    backend.on("openTable", () => {
      throw failure("pathNotOpened");
    });
    await project.openTable(fixtures.TABLE_PATH);
    expect(project.failure?.code).toBe("pathNotOpened");
    expect(project.isReady).toBe(false);
  });

  it("comes back when its removal is undone", async () => {
    let kept = [fixtures.PROJECT];
    backend
      .command("list_projects", () => kept)
      .command("delete_project", ({ id }) => {
        kept = kept.filter((one) => one.id !== id);
        return null;
      })
      .command("save_project", (takes) => {
        kept = [...kept, takes.project];
        return null;
      });
    const undo = await project.remove(fixtures.PROJECT);
    expect(project.saved).toEqual([]);
    await undo();
    expect(project.saved.map((one) => one.id)).toEqual([fixtures.PROJECT.id]);
  });
});
