/** What the screen Classify is answered while it is designed. */

import type { HistoryEntry } from "../../lib/ipc/bindings/shell/HistoryEntry";
import type { ChosenDevice } from "../../lib/ipc/bindings/ChosenDevice";
import type { DesignScript } from "../../lib/ipc/design";
import { failure } from "../../lib/ipc/fake";
import { CARD, LABELS, PROCESSOR, articles } from "../../lib/ipc/fixtures";
import { CLASSIFIED, EVALUATION } from "../evaluate/fixtures";

export const script: DesignScript = (backend, parameters) => {
  const past: HistoryEntry[] = articles(0, 30).map((article, place) => ({
    at: `2026-03-0${1 + (place % 3)}T10:2${place % 10}:00Z`,
    model: "medical-abstracts",
    document: { id: article.id, title: article.title, abstractText: article.abstractText },
    answer: {
      ...CLASSIFIED.answer,
      labels: CLASSIFIED.answer.labels.map((one) => ({
        ...one,
        given: article.labels.includes(one.label),
      })),
    },
    readUntil: CLASSIFIED.readUntil,
  }));
  const passedOver = failure("cardFull", { asked: 2_100_000_000, free: 900_000_000 });
  const devices: Record<string, ChosenDevice> = {
    card: { device: CARD, passedOver: null },
    full: { device: PROCESSOR, passedOver },
  };
  const device = devices[parameters.get("device") ?? ""] ?? CLASSIFIED.device;
  backend
    .on("classify", () => ({ ...CLASSIFIED, device }))
    .on("readText", () => "A title\n\nAn abstract of a text file.")
    .command("load_history", () => past as unknown as HistoryEntry[]);
  if (parameters.get("batch") === "running") {
    backend.addJob(
      {
        kind: "classifyTable",
        batch: {
          model: "medical-abstracts",
          table: "/data/revision/nuevos.csv",
          reading: { encoding: null, separator: null, sheet: null },
          roles: {
            title: "title",
            abstractText: "abstract",
            labels: [],
            id: null,
            labelSeparator: null,
            labelOrder: null,
          },
          output: "/data/revision/nuevos clasificado.csv",
        },
      },
      {
        phase: "classifying",
        progress: { done: 1240, total: 3565, unit: "rows", rate: 31.4, remainingSeconds: 74 },
      },
    );
  }
  backend.on("classifyTable", ({ batch }) => ({
    output: batch.output,
    rows: 3565,
    resumedFrom: 512,
    columns: { title: "title", abstractText: "abstract", id: null, labels: ["group"], labelSeparator: "|" },
    added: ["predicted labels", ...LABELS.map((label) => `score: ${label}`), "word pieces cut"],
    given: [
      ["cardiovascular", 1250],
      ["hepatorenal", 1102],
      ["neurological", 1780],
      ["oncological", 590],
    ],
    withoutLabel: 31,
    withoutText: 2,
    textsCut: 41,
    evaluation: { ...EVALUATION, part: "otherTable" },
    unknownLabels: { dermatological: 12 },
    leftOut: 9,
    seconds: 113,
  }));
};
