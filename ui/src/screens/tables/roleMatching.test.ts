import { describe, expect, it } from "vitest";
import type { Columns } from "../../lib/ipc/bindings/Columns";
import { OVERVIEW } from "../../lib/ipc/fixtures";
import { choicesOf, matchColumns, withLabels } from "./roleMatching";

const learned: Columns = {
  title: "title",
  abstractText: "abstract",
  id: null,
  labels: ["group"],
  labelSeparator: "|",
};

describe("the columns of a table to classify", () => {
  it("are those the model learned, where the table has them", () => {
    const match = matchColumns(OVERVIEW, learned);
    expect(match).toMatchObject({ isSame: true, title: "title", labels: ["group"], labelSeparator: "|" });
  });

  it("are those that were recognised, where the model's are missing", () => {
    const match = matchColumns(OVERVIEW, { ...learned, title: "titre", labels: ["sujet"] });
    expect(match).toMatchObject({ isSame: false, title: "title", labels: ["group"] });
  });

  it("are unknown where nothing was recognised and the model says nothing", () => {
    const match = matchColumns({ ...OVERVIEW, roles: null }, null);
    expect(match).toMatchObject({ isSame: false, title: null, abstractText: null, labels: [] });
  });

  it("say clearly that there is no title, so that none is guessed", () => {
    const match = { ...matchColumns(OVERVIEW, learned), title: null };
    expect(choicesOf(match)).toMatchObject({ title: "", abstractText: "abstract" });
  });
});

it("another column of labels leaves its separator to the engine", () => {
  const match = matchColumns(OVERVIEW, learned);
  expect(withLabels(match, OVERVIEW, "year")).toMatchObject({ labels: ["year"], labelSeparator: null });
  expect(withLabels(match, OVERVIEW, "")).toMatchObject({ labels: [] });
});
