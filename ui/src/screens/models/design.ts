/** What the screen Models is answered while it is designed. */

import type { Library } from "../../lib/ipc/bindings/Library";
import type { DesignScript } from "../../lib/ipc/design";
import { failure } from "../../lib/ipc/fake";
import { LIBRARY, MANIFEST, MODEL, TRAINING } from "../../lib/ipc/fixtures";

/** A library with everything that can be in one. */
export const FULL_LIBRARY: Library = {
  ...LIBRARY,
  models: [
    { ...MODEL, manifest: { ...MANIFEST, notes: "Resúmenes de 2005 a 2023, sin duplicados." } },
    {
      ...MODEL,
      name: "Cuaderno <b>original</b> con un nombre bastante largo",
      bytes: 438_000_000,
      manifest: {
        ...MANIFEST,
        headline: { onTest: false, microF1: 0.902, macroF1: 0.894, baselineMicroF1: 0.88 },
        base: { ...MANIFEST.base, name: "bert-base-uncased" },
      },
    },
    { ...MODEL, name: "de-otro-programa", bytes: 440_000_000, manifest: null },
    {
      ...MODEL,
      name: "roto",
      manifest: null,
      bytes: 12_000_000,
      damage: "model.safetensors ends too early",
    },
  ],
  runs: [
    {
      name: "medical-abstracts-2",
      began: "2026-03-02T09:00:00Z",
      request: { ...TRAINING, name: "medical-abstracts-2" },
      step: 540,
      totalSteps: 895,
      bytes: 134_000_000,
      isBusy: false,
    },
  ],
  bases: [
    ...LIBRARY.bases,
    {
      name: "bert-base-uncased",
      folder: "/home/ana/etiqueta/bases/bert-base-uncased",
      bytes: 440_500_000,
      parameters: 109_482_240,
      maxPositions: 512,
      isBuiltIn: false,
      damage: null,
    },
  ],
  unreadableRuns: [
    {
      name: "roto a medias",
      failure: failure("damagedRun", {
        path: "/home/ana/etiqueta/runs/roto a medias/run.json",
        message: "EOF while parsing an object at line 1 column 22",
      }),
      bytes: 134_000_000,
      isBusy: false,
    },
  ],
  modelBytes: 935_000_000,
  totalBytes: 1_690_000_000,
};

export const script: DesignScript = (backend, parameters) => {
  if (parameters.get("library") === "full") backend.on("listLibrary", () => FULL_LIBRARY);
  backend
    .on("renameModel", () => null)
    .on("noteModel", () => null)
    .on("deleteModel", () => MODEL.bytes)
    .on("restoreModel", () => null)
    .on("exportModel", () => null)
    .on("importModel", () => MODEL.name)
    .on("discardRun", () => null)
    .on("addBase", () => "bert-base-uncased")
    .on("deleteBase", () => 440_500_000);
};
