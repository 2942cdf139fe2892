/** The words, numbers and names that sentences about failures are made of. */

import type { Bounds } from "../../ipc/bindings/Bounds";
import type { ModelSize } from "../../ipc/bindings/ModelSize";
import type { NameProblem } from "../../ipc/bindings/NameProblem";
import type { OtherFormat } from "../../ipc/bindings/OtherFormat";
import type { Rate } from "../../ipc/bindings/Rate";
import type { Setting } from "../../ipc/bindings/Setting";
import type { SizeLimit } from "../../ipc/bindings/SizeLimit";
import type { SplitPart } from "../../ipc/bindings/SplitPart";
import type { TextRole } from "../../ipc/bindings/TextRole";
import type { FailureLanguage, Words } from "./sentence";

export const formats: Words<OtherFormat> = {
  pdf: { es: "un PDF", en: "a PDF" },
  oldOffice: {
    es: "un archivo antiguo de Office (XLS o DOC)",
    en: "an old Office file (XLS or DOC)",
  },
  rtf: { es: "un texto RTF", en: "an RTF text" },
  picture: { es: "una imagen", en: "a picture" },
  compressed: { es: "un archivo comprimido", en: "a compressed file" },
};

export const roles: Words<TextRole> = {
  titles: { es: "títulos", en: "titles" },
  abstracts: { es: "resúmenes", en: "abstracts" },
};

export const parts: Words<SplitPart> = {
  training: { es: "entrenamiento", en: "training" },
  validation: { es: "validación", en: "validation" },
  test: { es: "prueba", en: "test" },
};

export const modelSizes: Words<ModelSize> = {
  hidden: { es: "un ancho", en: "a hidden size" },
  intermediate: { es: "un ancho intermedio", en: "an intermediate size" },
  head: { es: "un ancho de cabeza de atención", en: "a head size" },
};

/** What a size of a model may be. */
export function limitEs(limit: SizeLimit): string {
  return limit.kind === "atMost" ? `${es(limit.number)} como máximo` : `múltiplo de ${es(limit.number)}`;
}

/** What a size of a model may be. */
export function limitEn(limit: SizeLimit): string {
  return limit.kind === "atMost" ? `at most ${en(limit.number)}` : `a multiple of ${en(limit.number)}`;
}

export const rates: Words<Rate> = {
  recall: { es: "sensibilidad (recall)", en: "recall" },
  precision: { es: "precisión", en: "precision" },
};

export const nameProblems: Words<NameProblem> = {
  empty: { es: "está vacío", en: "it is empty" },
  tooLong: { es: "tiene más de 100 caracteres", en: "it has more than 100 characters" },
  reservedCharacter: {
    es: 'contiene uno de estos signos: / \\ : * ? " < > |',
    en: 'it holds one of / \\ : * ? " < > |',
  },
  outerDotOrSpace: {
    es: "empieza o termina con un punto o un espacio",
    en: "it begins or ends with a dot or a space",
  },
  deviceName: {
    es: "Windows lo reserva para un dispositivo",
    en: "Windows keeps it for a device",
  },
};

export const settings: Words<Setting> = {
  maxLength: { es: "la longitud máxima", en: "the maximum length" },
  batchSize: { es: "el tamaño del lote", en: "the batch size" },
  microBatches: { es: "el número de microlotes", en: "the number of micro-batches" },
  epochs: { es: "el número de épocas", en: "the number of epochs" },
  threads: { es: "el número de hilos", en: "the number of threads" },
  patience: { es: "la paciencia", en: "the patience" },
  evaluationInterval: { es: "el intervalo entre evaluaciones", en: "the evaluation interval" },
  learningRate: { es: "la tasa de aprendizaje", en: "the learning rate" },
  headRateFactor: {
    es: "el factor de la tasa de aprendizaje de la capa final",
    en: "the head's learning rate factor",
  },
  warmUp: { es: "el calentamiento", en: "the warm-up" },
  weightDecay: { es: "la reducción de pesos (weight decay)", en: "the weight decay" },
  dropout: { es: "el dropout", en: "dropout" },
  weightAveraging: { es: "el promedio de pesos", en: "weight averaging" },
  layerDecay: { es: "la reducción por capas (layer decay)", en: "layer decay" },
  clippingNorm: { es: "la norma de recorte del gradiente", en: "the clipping norm" },
  frozenLayers: { es: "el número de capas congeladas", en: "the number of frozen layers" },
};

/** The last part of a path, which is what a person calls the file. */
export function fileEs(path: string): string {
  const name = path.split(/[\\/]/).filter(Boolean).pop();
  return `«${name ?? path}»`;
}

/** As {@link fileEs}, in English quotation marks. */
export function fileEn(path: string): string {
  const name = path.split(/[\\/]/).filter(Boolean).pop();
  return `“${name ?? path}”`;
}

function number(value: number | null, language: FailureLanguage): string {
  if (value === null) {
    return language === "es" ? "un valor que no es un número" : "not a number";
  }
  // Counts are exact; what was measured is not.
  const format = Number.isInteger(value) ? {} : { maximumSignificantDigits: 6 };
  return new Intl.NumberFormat(language, format).format(value);
}

/** A number as Spanish writes it. */
export function es(value: number | null): string {
  return number(value, "es");
}

/** A number as English writes it. */
export function en(value: number | null): string {
  return number(value, "en");
}

/** Names in a row, with the language's “and”. */
export function list(names: string[], language: FailureLanguage): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(names);
}

/** Sizes of files, as file managers show them. */
export function bytes(count: number, language: FailureLanguage): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
  const format = { style: "unit", unit: units[step], maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language, format).format(count / 1000 ** step);
}

export function boundsEs(bounds: Bounds): string {
  switch (bounds.kind) {
    case "atLeast":
      return `al menos ${es(bounds.least)}`;
    case "atMost":
      return `como máximo ${es(bounds.most)}`;
    case "positive":
      return "mayor que 0";
    case "positiveUpTo":
      return `mayor que 0 y como máximo ${es(bounds.most)}`;
    case "share":
      return "al menos 0 y menor que 1";
  }
}

export function boundsEn(bounds: Bounds): string {
  switch (bounds.kind) {
    case "atLeast":
      return `at least ${en(bounds.least)}`;
    case "atMost":
      return `at most ${en(bounds.most)}`;
    case "positive":
      return "above 0";
    case "positiveUpTo":
      return `above 0 and at most ${en(bounds.most)}`;
    case "share":
      return "at least 0 and below 1";
  }
}

/** A sentence begins with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
