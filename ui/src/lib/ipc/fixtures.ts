/** What a machine with a table, a model and a run would answer; for tests and for design. */

import type { Article } from "./bindings/Article";
import type { DrawnChart } from "./bindings/DrawnChart";
import type { DevicesSummary } from "./bindings/DevicesSummary";
import type { DeviceSummary } from "./bindings/DeviceSummary";
import type { Estimate } from "./bindings/Estimate";
import type { JobSnapshot } from "./bindings/JobSnapshot";
import type { Library } from "./bindings/Library";
import type { MachineSummary } from "./bindings/MachineSummary";
import type { Manifest } from "./bindings/Manifest";
import type { ModelSummary } from "./bindings/ModelSummary";
import type { SplitOverview } from "./bindings/SplitOverview";
import type { TableOverview } from "./bindings/TableOverview";
import type { TrainingHistory } from "./bindings/TrainingHistory";
import type { TableProfile } from "./bindings/TableProfile";
import type { TrainingRequest } from "./bindings/TrainingRequest";
import type { OpenedPath } from "./bindings/shell/OpenedPath";
import type { Project } from "./bindings/shell/Project";
import type { Settings } from "./bindings/shell/Settings";
import { NO_CORRECTIONS } from "../corrections";
import { recipeOf } from "../recipes";
import { noEffects } from "./correctedTable";

export const LABELS = ["cardiovascular", "hepatorenal", "neurological", "oncological"];

export const SETTINGS: Settings = {
  language: "es",
  theme: "light",
  fontSize: 100,
  device: "auto",
  threads: null,
  lowPriority: false,
  workerCommand: [],
  folder: null,
  keepsHistory: true,
  hasReadIntendedUse: true,
};

export const TABLE_PATH: OpenedPath = {
  path: "/data/revision/medical-abstracts.csv",
  name: "medical-abstracts.csv",
  kind: "table",
};

const TEXTS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "Early versus deferred angiography after non-ST-elevation infarction in octogenarians",
    "Whether very old people gain from prompt catheterisation is disputed. At nine hospitals we randomised 612 patients aged 80 or above to angiography within 24 hours or only if ischaemia recurred. Death or reinfarction occurred in 27.4% of the early arm and 33.0% of the deferred arm.",
    ["cardiovascular"],
  ],
  [
    "Anthracycline cardiomyopathy in survivors of breast cancer: a ten-year registry",
    "We followed 1,204 survivors with yearly echocardiography. Left ventricular ejection fraction fell below 50% in 8.1%, most within three years of the last dose.",
    ["cardiovascular", "oncological"],
  ],
  [
    "Cerebral vasospasm after subarachnoid haemorrhage: transcranial Doppler every day or on demand",
    "Daily monitoring found vasospasm a median of 1.4 days sooner, without a difference in disability at six months.",
    ["neurological"],
  ],
  [
    "Rechazo humoral tardío en el trasplante renal de donante vivo: papel de los anticuerpos contra HLA de clase II",
    "Entre 2005 y 2015 se realizaron 274 trasplantes renales de donante vivo en nuestra institución. Se desarrollaron anticuerpos de novo en 49 receptores, en su mayoría dirigidos contra DQ.",
    ["hepatorenal"],
  ],
  [
    "Hepatic encephalopathy and falls at home: a cohort of 388 people with cirrhosis",
    "Covert encephalopathy doubled the rate of falls (hazard ratio 2.1, 95% CI 1.4 to 3.0) after adjustment for age and frailty.",
    ["hepatorenal", "neurological"],
  ],
  [
    "<script>alert(1)</script> & other titles that are shown as they are",
    "Immune-related pneumonitis or progression? Breathlessness with new ground-glass shadows appeared in 31 of 402 people treated for lung cancer.",
    ["oncological"],
  ],
];

/** Some rows of the table. */
export function articles(first: number, count: number): Article[] {
  return Array.from({ length: count }, (_, place) => {
    const row = first + place;
    const [title, abstractText, labels] = TEXTS[row % TEXTS.length] ?? ["", "", []];
    return { row, line: row + 2, id: `EN-${row + 1}`, title, abstractText, labels: [...labels] };
  });
}

const samples = (place: 0 | 1): string[] => TEXTS.map((text) => text[place]).slice(0, 6);

/** A table that is understood. */
export const OVERVIEW: TableOverview = {
  source: {
    path: TABLE_PATH.path,
    sha256: "9f2c".padEnd(64, "0"),
    bytes: 5_412_300,
    encoding: "utf8",
    separator: ";",
    sheet: null,
    hasByteOrderMark: true,
    rows: 3565,
    blankRows: 2,
  },
  sheets: [],
  columns: [
    { name: "title", filled: 3565, different: 1000, isIndicator: false, samples: samples(0) },
    { name: "abstract", filled: 3560, different: 1000, isIndicator: false, samples: samples(1) },
    {
      name: "group",
      filled: 3541,
      different: 15,
      isIndicator: false,
      samples: TEXTS.map((text) => text[2].join("|")),
    },
    {
      name: "year",
      filled: 3565,
      different: 31,
      isIndicator: false,
      samples: ["2019", "2021", "2016", "2015", "2022", "2023"],
    },
  ],
  roles: {
    title: "title",
    abstractText: "abstract",
    id: null,
    labels: ["group"],
    labelSeparator: "|",
  },
  separators: [
    { separator: "|", labels: 4, cells: 1069 },
    { separator: ";", labels: 15, cells: 0 },
    { separator: "/", labels: 15, cells: 0 },
    { separator: ",", labels: 15, cells: 0 },
  ],
  effects: noEffects(3565),
  labels: [
    ["neurological", 1785],
    ["cardiovascular", 1268],
    ["hepatorenal", 1091],
    ["oncological", 601],
  ],
  withTitle: 3565,
  withAbstract: 3560,
  labelled: 3541,
  labelsARow: [24, 2473, 933, 132, 3],
  findings: [
    {
      finding: { kind: "contradiction", rows: [12, 400, 401], texts: 1 },
      count: 3,
      fixes: [
        { correction: { kind: "joinContradictions" }, leavesOut: 2, changes: 1 },
        { correction: { kind: "leaveOutContradictions" }, leavesOut: 3, changes: 0 },
      ],
    },
    {
      finding: { kind: "emptyText", rows: [12, 80] },
      count: 2,
      fixes: [{ correction: { kind: "leaveOutEmpty" }, leavesOut: 2, changes: 0 }],
    },
    {
      finding: { kind: "duplicate", rows: [33, 910, 1200] },
      count: 14,
      fixes: [{ correction: { kind: "leaveOutDuplicates" }, leavesOut: 14, changes: 0 }],
    },
    {
      finding: { kind: "unlabelled", rows: [7, 9] },
      count: 24,
      fixes: [{ correction: { kind: "leaveOutUnlabelled" }, leavesOut: 24, changes: 0 }],
    },
    {
      finding: { kind: "labelVariants", labels: ["oncological", "Oncologicals"], rows: [5] },
      count: 31,
      fixes: [
        {
          correction: {
            kind: "mergeLabels",
            labels: ["oncological", "Oncologicals"],
            name: "oncological",
          },
          leavesOut: 0,
          changes: 31,
        },
      ],
    },
    {
      finding: { kind: "rareLabel", label: "dental", rows: [5] },
      count: 3,
      fixes: [{ correction: { kind: "dropLabel", label: "dental" }, leavesOut: 0, changes: 3 }],
    },
  ],
  problem: null,
};

/** Its counts in word pieces, read up to a length. */
export const profile = (cut: number): TableProfile => ({
  profile: {
    labels: LABELS,
    labelCounts: [1268, 1091, 1785, 601],
    together: [
      [1268, 310, 420, 90],
      [310, 1091, 205, 77],
      [420, 205, 1785, 110],
      [90, 77, 110, 601],
    ],
    labelsARow: OVERVIEW.labelsARow,
    lengths: {
      binWidth: 64,
      counts: [12, 190, 620, 1010, 890, 480, 220, 98, 33, 12],
      cut,
      textsCut: cut < 512 ? 2100 : 45,
      wordPieces: 905_000,
      wordPiecesCut: 2600,
    },
  },
  unknownShare: 0.002,
  piecesAWord: 1.37,
});

/** The same table when its labels could not be told. */
export const UNCLEAR: TableOverview = {
  ...OVERVIEW,
  roles: { title: "title", abstractText: "abstract", id: null, labels: [], labelSeparator: null },
  separators: [],
  labels: [],
  labelled: 0,
  findings: [],
  problem: {
    failure: {
      code: "missingLabelColumn",
      message: "no column holds labels",
      details: { path: TABLE_PATH.path, columns: "title, abstract, group, year" },
    },
    candidates: ["group"],
  },
};

export const SPLIT: SplitOverview = {
  split: { kind: "stratified", training: 0.8, validation: 0.1, test: 0.1, seed: 42 },
  training: { rows: 2852, labels: [1428, 1014, 873, 481] },
  validation: { rows: 356, labels: [178, 127, 109, 60] },
  test: { rows: 357, labels: [179, 127, 109, 60] },
  leaks: 0,
  leaked: [],
  missing: {},
};

export const PROJECT: Project = {
  id: "medical-abstracts-1",
  name: "medical-abstracts",
  created: "2026-03-01T09:00:00Z",
  opened: "2026-03-02T09:00:00Z",
  table: TABLE_PATH.path,
  sha256: OVERVIEW.source.sha256,
  rows: 3565,
  labels: LABELS,
  reading: { encoding: null, separator: null, sheet: null },
  roles: {
    title: null,
    abstractText: null,
    labels: [],
    id: null,
    labelSeparator: null,
    labelOrder: null,
  },
  corrections: NO_CORRECTIONS,
  split: SPLIT.split,
  testTable: null,
  models: ["medical-abstracts"],
};

export const TRAINING: TrainingRequest = {
  name: "medical-abstracts",
  table: TABLE_PATH.path,
  reading: PROJECT.reading,
  roles: PROJECT.roles,
  corrections: NO_CORRECTIONS,
  testTable: null,
  split: PROJECT.split,
  base: "compact",
  recipe: recipeOf("recommended"),
};

export const MANIFEST: Manifest = {
  formatVersion: 1,
  program: "Etiqueta 0.1.0",
  name: "medical-abstracts",
  run: "medical-abstracts",
  created: "2026-03-02T10:00:00Z",
  notes: "",
  labels: LABELS,
  thresholds: [0.42, 0.5, 0.47, 0.38],
  base: { name: "compact", sha256: "ab".repeat(32), initialised: [] },
  table: OVERVIEW.source,
  testTable: null,
  corrections: NO_CORRECTIONS,
  effects: noEffects(3565),
  testEffects: null,
  columns: {
    title: "title",
    abstractText: "abstract",
    id: null,
    labels: ["group"],
    labelSeparator: "|",
  },
  split: SPLIT.split,
  splitSizes: { training: 2852, validation: 356, test: 357 },
  recipe: recipeOf("recommended"),
  headline: { onTest: true, microF1: 0.931, macroF1: 0.926, baselineMicroF1: 0.871 },
  machine: { system: "linux x86_64", threads: 8, device: "Intel Core i7-1165G7", seconds: 1840, steps: 895, end: "finished", bestEpoch: 4 },
};

export const MODEL: ModelSummary = {
  name: "medical-abstracts",
  folder: "/home/ana/etiqueta/models/medical-abstracts",
  bytes: 45_200_000,
  manifest: MANIFEST,
  damage: null,
};

export const LIBRARY: Library = {
  folder: "/home/ana/etiqueta",
  models: [MODEL],
  runs: [],
  unreadableRuns: [],
  bases: [
    {
      name: "compact",
      folder: "/opt/etiqueta/base/compact",
      bytes: 45_000_000,
      parameters: 11_171_074,
      maxPositions: 512,
      isBuiltIn: true,
      damage: null,
    },
  ],
  modelBytes: 45_200_000,
  totalBytes: 47_900_000,
  diskAvailableBytes: 81_000_000_000,
};

export const EMPTY_LIBRARY: Library = { ...LIBRARY, models: [], modelBytes: 0, totalBytes: 1200 };

export const PROCESSOR: DeviceSummary = {
  device: "cpu",
  name: "Intel Core i7-1165G7",
  memoryBytes: 16_600_000_000,
};

/** A card as a machine of somebody who trains often has one. */
export const CARD: DeviceSummary = {
  device: "cuda:0",
  name: "NVIDIA GeForce RTX 4070",
  memoryBytes: 12_900_000_000,
};

/** A machine with a card that works and one that is too old. */
export const DEVICES: DevicesSummary = {
  processor: PROCESSOR,
  driver: { release: "550.54.14", cuda: "12.4" },
  cards: [
    { summary: CARD, compute: "8.9", memoryAvailableBytes: 11_700_000_000, problem: null },
    {
      summary: { device: "cuda:1", name: "NVIDIA GeForce GTX 1060", memoryBytes: 6_400_000_000 },
      compute: "6.1",
      memoryAvailableBytes: null,
      problem: {
        code: "cardTooOld",
        message: "NVIDIA GeForce GTX 1060 is of compute 6.1, and 8.0 is needed",
        details: { name: "NVIDIA GeForce GTX 1060", found: "6.1", needed: "8.0" },
      },
    },
  ],
  problem: null,
};

export const MACHINE: MachineSummary = {
  system: "Linux x86_64",
  processor: "Intel Core i7-1165G7",
  card: null,
  threads: 8,
  processors: 8,
  vectors: "AVX-512",
  memoryBytes: 16_600_000_000,
  memoryAvailableBytes: 9_300_000_000,
  diskAvailableBytes: 81_000_000_000,
  folder: "/home/ana/etiqueta",
  version: "0.1.0",
};

export const ESTIMATE: Estimate = {
  steps: 895,
  measuredSteps: 4,
  sequencesPerSecond: 9.1,
  seconds: 1870,
  device: PROCESSOR,
  microBatches: 1,
  memoryBytes: 1_420_000_000,
  memoryAvailableBytes: 9_300_000_000,
  diskBytes: 310_000_000,
  modelBytes: 45_200_000,
  diskAvailableBytes: 81_000_000_000,
  fit: "fits",
  textsCut: 41,
  rows: [2852, 356, 357],
};

/** The curves of a training after some epochs. */
export function historyOf(macroF1s: readonly number[]): TrainingHistory {
  const best = Math.max(...macroF1s);
  const validations = macroF1s.map((macroF1, place) => ({
    step: (place + 1) * 179,
    epoch: place + 1,
    trainingLoss: 0.5 * 0.55 ** (place + 1),
    loss: 0.32 - 0.02 * macroF1 - 0.04 * Math.min(place, 2),
    microF1: macroF1 + 0.012,
    macroF1,
    labelF1: [0.03, -0.02, 0.01, -0.05 + 0.03 * (place % 2)].map((off) => macroF1 + off),
    isBest: macroF1 === best,
    seconds: 11,
  }));
  const losses = Array.from({ length: macroF1s.length * 16 + 10 }, (_, place) => {
    const epoch = (place + 1) / 16;
    return { epoch, loss: 0.12 + 0.56 * Math.exp(-epoch / 1.1) + 0.02 * Math.sin(place * 2.3) };
  });
  return { losses, validations };
}

/** What a running training shows. */
export const RUNNING: Partial<JobSnapshot> = {
  state: "running",
  phase: "training",
  device: { device: PROCESSOR, passedOver: null },
  prepared: { trainingRows: 2852, validationRows: 356, testRows: 357, leaks: 0, textsCut: 41, threads: 8 },
  step: {
    step: 649,
    totalSteps: 895,
    epoch: 3.63,
    loss: 0.142,
    learningRate: 4.8e-5,
    gradientNorm: 0.7,
    sequencesPerSecond: 9.1,
    tokensPerSecond: 2710,
    elapsedSeconds: 1330,
    remainingSeconds: 504,
  },
  labels: LABELS,
  history: historyOf([0.81, 0.884, 0.912]),
  worst: [
    { row: 1204, title: TEXTS[5]?.[0] ?? "", loss: 3.21, expected: [3], given: [] },
    { row: 87, title: TEXTS[1]?.[0] ?? "", loss: 2.87, expected: [0, 3], given: [0] },
    { row: 2310, title: TEXTS[3]?.[0] ?? "", loss: 2.44, expected: [1], given: [1, 2] },
    { row: 655, title: "", loss: 2.02, expected: [], given: [2] },
    { row: 3001, title: TEXTS[4]?.[0] ?? "", loss: 1.63, expected: [1, 2], given: [2] },
  ],
  resources: {
    processorShare: 0.94,
    memoryBytes: 1_390_000_000,
    machineMemoryBytes: 16_600_000_000,
    machineMemoryAvailableBytes: 8_100_000_000,
    cardMemoryBytes: null,
    cardShare: null,
  },
};

/** The same on a card, which is many times as fast. */
export const RUNNING_ON_CARD: Partial<JobSnapshot> = {
  ...RUNNING,
  device: { device: CARD, passedOver: null },
  prepared: { ...RUNNING.prepared!, threads: 1 },
  step: { ...RUNNING.step!, sequencesPerSecond: 412, tokensPerSecond: 122_700, elapsedSeconds: 29, remainingSeconds: 11 },
  resources: {
    ...RUNNING.resources!,
    processorShare: 0.11,
    memoryBytes: 910_000_000,
    cardMemoryBytes: 3_020_000_000,
    cardShare: 0.97,
  },
};

/** A chart that the engine might draw. */
export const DRAWN: DrawnChart = {
  title: "Artículos por etiqueta",
  svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 220"><rect width="600" height="220" fill="#fff"/><g fill="#0b6b78"><rect x="150" y="20" width="420" height="30"/><rect x="150" y="70" width="298" height="30"/><rect x="150" y="120" width="256" height="30"/><rect x="150" y="170" width="141" height="30"/></g></svg>',
  table: {
    headers: ["Etiqueta", "Artículos"],
    rows: [
      ["neurological", 1785],
      ["cardiovascular", 1268],
      ["hepatorenal", 1091],
      ["oncological", 601],
    ],
  },
};

/** The same split when two of its articles stand in training too. */
export const LEAKING: SplitOverview = {
  ...SPLIT,
  leaks: 2,
  leaked: articles(10, 2).map((article) => ({
    part: "test",
    isOfOwnTest: false,
    article,
    learned: { ...article, row: article.row - 6, line: article.row - 4 },
  })),
};
