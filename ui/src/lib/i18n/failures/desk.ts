/** What goes wrong with requests, charts, and the shell's own work. */

import type { ChartError } from "../../ipc/bindings/ChartError";
import type { OutputError } from "../../ipc/bindings/OutputError";
import type { Sentences, ShellFailure } from "./sentence";
import { en, es, fileEn, fileEs } from "./words";

type DeskCode =
  | "noOpenTable"
  | "tableNotReady"
  | "nothingToClassify"
  | "textTooLong"
  | "noProfile"
  | "chartOfModel"
  | "noSuchLabel"
  | "notARequest";

export const deskSentences: Sentences<
  DeskCode | ChartError["code"] | OutputError["code"] | ShellFailure["code"]
> = {
  noOpenTable: {
    es: () => "No hay ninguna tabla abierta. Abra una primero.",
    en: () => "No table is open. Open one first.",
  },
  tableNotReady: {
    es: ({ path, message }) =>
      `${fileEs(path)} todavía no está lista para aprender de ella (${message}). Complete lo que falta.`,
    en: ({ path, message }) =>
      `${fileEn(path)} is not ready to be learned from (${message}). Complete what is missing.`,
  },
  nothingToClassify: {
    es: () => "No hay nada que clasificar. Escriba un título o un resumen.",
    en: () => "There is nothing to classify. Write a title or an abstract.",
  },
  textTooLong: {
    es: ({ path, bytes, most }) =>
      `${fileEs(path)} ocupa ${es(Math.ceil(bytes / 1048576))} MB, y un texto puede tener ${es(most / 1048576)} MB como máximo. Elija otro archivo o clasifique una tabla.`,
    en: ({ path, bytes, most }) =>
      `${fileEn(path)} has ${en(Math.ceil(bytes / 1048576))} MB, and one text may have ${en(most / 1048576)} MB. Choose another file, or classify a table.`,
  },
  noProfile: {
    es: () => "Los textos de la tabla todavía no se han contado. Espere a que termine el recuento.",
    en: () => "The texts of the table have not been counted yet. Wait until they are.",
  },
  chartOfModel: {
    es: () => "Ese gráfico muestra los números de un modelo. Elija el modelo.",
    en: () => "That chart shows a model's numbers. Choose the model.",
  },
  noSuchLabel: {
    es: ({ labels }) =>
      `El modelo tiene ${es(labels)} etiquetas, y se pidió otra. Vuelva a abrir el modelo.`,
    en: ({ labels }) =>
      `The model has ${en(labels)} labels, and another one was asked for. Open the model again.`,
  },
  outputIsInput: {
    es: ({ path }) => `${fileEs(path)} es la propia tabla. Elija otro archivo para las respuestas.`,
    en: ({ path }) => `${fileEn(path)} is the table itself. Choose another file for the answers.`,
  },
  outputIsFolder: {
    es: ({ path }) =>
      `${fileEs(path)} es una carpeta. Elija un nombre para el archivo de respuestas dentro de ella.`,
    en: ({ path }) => `${fileEn(path)} is a folder. Choose a name for the file in it.`,
  },
  outputIsWorkbook: {
    es: ({ path }) =>
      `${fileEs(path)} tendría que ser un libro de Excel, y las respuestas se escriben como CSV o TSV, que Excel también abre. Elija un nombre que termine en .csv o .tsv.`,
    en: ({ path }) =>
      `${fileEn(path)} would have to be a workbook, and answers are written as CSV or TSV, which spreadsheet programs open. Choose a name that ends with .csv or .tsv.`,
  },
  outputIsBusy: {
    es: ({ path }) =>
      `En este momento se están escribiendo respuestas en ${fileEs(path)}. Espere a que terminen o elija otro archivo.`,
    en: ({ path }) =>
      `Answers are being written to ${fileEn(path)} at this moment. Wait for them, or choose another file.`,
  },
  notARequest: {
    es: ({ message }) =>
      `El motor de Etiqueta no entendió lo que se le pidió (${message}). No se hizo nada. Instale el programa de nuevo.`,
    en: ({ message }) =>
      `Etiqueta's engine did not understand what it was asked (${message}). Nothing was done. Install the program again.`,
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
  wrongKind: {
    es: () => "El programa pidió algo de una forma que no existe. Es un fallo suyo: le agradecemos que nos avise.",
    en: () => "The program asked for something in a way that does not exist. This is its own fault: please report it.",
  },
  jobNotOver: {
    es: () => "La tarea sigue en marcha. Deténgala antes de quitarla de la lista.",
    en: () => "The job goes on. Stop it before removing it from the list.",
  },
  historyUnwritable: {
    es: ({ reason }) => `No se pudo guardar el historial (${reason}).`,
    en: ({ reason }) => `The history was not kept (${reason}).`,
  },
  textUnwritable: {
    es: ({ reason }) => `No se pudo escribir el archivo (${reason}).`,
    en: ({ reason }) => `The file could not be written (${reason}).`,
  },
  exampleMissing: {
    es: ({ path }) => `Falta la tabla de ejemplo ${fileEs(path)}. Instale Etiqueta de nuevo.`,
    en: ({ path }) => `The sample table ${fileEn(path)} is missing. Install Etiqueta again.`,
  },
  notShown: {
    es: ({ path }) =>
      `No se puede mostrar ${fileEs(path)} en el administrador de archivos. Abra la carpeta a mano.`,
    en: ({ path }) => `${fileEn(path)} cannot be shown in the file manager. Open the folder by hand.`,
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
