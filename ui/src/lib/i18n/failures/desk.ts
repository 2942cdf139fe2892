/** What goes wrong with requests, charts, and the shell's own work. */

import type { ChartError } from "../../ipc/bindings/ChartError";
import type { Sentences, ShellFailure } from "./sentence";
import { en, es, fileEn, fileEs } from "./words";

type DeskCode = "noOpenTable" | "notBuilt" | "notARequest" | "noRecord";

export const deskSentences: Sentences<DeskCode | ChartError["code"] | ShellFailure["code"]> = {
  noOpenTable: {
    es: () => "No hay ninguna tabla abierta. Abra una primero.",
    en: () => "No table is open. Open one first.",
  },
  notBuilt: {
    es: () => "Esta función todavía no está disponible.",
    en: () => "This is not available yet.",
  },
  notARequest: {
    es: ({ message }) =>
      `El motor de Etiqueta no entendió lo que se le pidió (${message}). No se hizo nada. Instale el programa de nuevo.`,
    en: ({ message }) =>
      `Etiqueta's engine did not understand what it was asked (${message}). Nothing was done. Install the program again.`,
  },
  noRecord: {
    es: ({ model }) =>
      `El modelo «${model}» lo escribió otro programa, así que no se sabe nada de su evaluación. Evalúelo con una tabla.`,
    en: ({ model }) =>
      `The model “${model}” was written by another program, so nothing is known of its evaluation. Evaluate it on a table.`,
  },
  inconsistentChart: {
    es: ({ expected, found }) =>
      `No se puede dibujar el gráfico: hay ${es(expected)} etiquetas, pero ${es(found)} valores guardados. Los números están dañados: calcúlelos otra vez.`,
    en: ({ what, expected, found }) =>
      `Cannot draw the chart: there are ${en(expected)} labels, but ${en(found)} ${what}. The stored numbers are damaged: compute them again.`,
  },
  impossibleChartScale: {
    es: ({ scale, most }) =>
      `No se puede dibujar el gráfico a escala ${es(scale)}. Elija una escala de 1 a ${es(most)}.`,
    en: ({ scale, most }) =>
      `Cannot draw the chart at scale ${en(scale)}. Choose a scale from 1 to ${en(most)}.`,
  },
  chartTooLarge: {
    es: ({ width, height }) =>
      `No se puede dibujar el gráfico como PNG: tendría ${es(width)} × ${es(height)} píxeles. Elija una escala menor, o SVG.`,
    en: ({ width, height }) =>
      `Cannot draw the chart as PNG: it would have ${en(width)} × ${en(height)} pixels. Choose a smaller scale, or SVG.`,
  },
  chartFontUnreadable: {
    es: () =>
      "No se pueden dibujar gráficos: no se puede leer la letra que viene con el programa. Instale el programa de nuevo.",
    en: () =>
      "Cannot draw charts: the program's own font cannot be read. Install the program again.",
  },
  chartNotDrawn: {
    es: ({ source }) => `No se pudo dibujar el gráfico (${source}). Inténtelo otra vez.`,
    en: ({ source }) => `Cannot draw the chart (${source}). Try again.`,
  },
  chartNotEncoded: {
    es: ({ source }) => `No se pudo escribir el gráfico como PNG (${source}). Elija SVG.`,
    en: ({ source }) => `Cannot write the chart as PNG (${source}). Choose SVG.`,
  },
  pathNotOpened: {
    es: () =>
      "Por seguridad, Etiqueta solo usa los archivos y carpetas que usted ha abierto. Elija el archivo otra vez.",
    en: () =>
      "For your safety, Etiqueta uses only files and folders that you opened. Choose the file again.",
  },
  trainingInProgress: {
    es: () =>
      "Ya hay un entrenamiento en marcha, y solo puede haber uno a la vez. Espere a que termine o deténgalo.",
    en: () =>
      "A training is in progress, and there can be only one at a time. Wait for it to end, or stop it.",
  },
  workerMissing: {
    es: ({ path }) =>
      `Falta una parte del programa: ${fileEs(path)}. Instale Etiqueta de nuevo; sus modelos y sus tablas no se pierden.`,
    en: ({ path }) =>
      `A part of the program is missing: ${fileEn(path)}. Install Etiqueta again; your models and tables are not lost.`,
  },
  workerCrashed: {
    es: ({ run }) =>
      `El motor de Etiqueta se cerró de forma inesperada. ${run === null ? "Inténtelo otra vez" : `El entrenamiento «${run}» se puede continuar desde su último punto de control`}.`,
    en: ({ run }) =>
      `Etiqueta's engine ended unexpectedly. ${run === null ? "Try again" : `The run “${run}” can be resumed from its last checkpoint`}.`,
  },
  workerNonsense: {
    es: ({ line }) =>
      `El motor de Etiqueta respondió algo que no se entiende (${line.slice(0, 80)}). Inténtelo otra vez; si se repite, instale el programa de nuevo.`,
    en: ({ line }) =>
      `Etiqueta's engine answered something that makes no sense (${line.slice(0, 80)}). Try again; if it happens again, install the program again.`,
  },
  workerTooOld: {
    es: () =>
      "El motor de Etiqueta es de otra versión que la ventana. Instale el programa de nuevo.",
    en: () => "Etiqueta's engine is of another version than its window. Install the program again.",
  },
  unknownJob: {
    es: () => "Esta tarea ya no existe. Empiécela otra vez si todavía la necesita.",
    en: () => "This job no longer exists. Start it again if you still need it.",
  },
  settingsUnwritable: {
    es: () =>
      "No se pudieron guardar sus preferencias. Compruebe que queda espacio en el disco y que puede escribir en la carpeta de datos de Etiqueta.",
    en: () =>
      "Your settings could not be saved. Check that there is space on the disk and that you may write in Etiqueta's data folder.",
  },
  projectUnwritable: {
    es: () =>
      "No se pudo guardar el proyecto. Compruebe que queda espacio en el disco y que puede escribir en la carpeta de datos de Etiqueta.",
    en: () =>
      "The project could not be saved. Check that there is space on the disk and that you may write in Etiqueta's data folder.",
  },
};
