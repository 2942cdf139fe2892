/** Messages about corrections of a table. */

import { plural } from "./format";

export const es = {
  title: "Correcciones",
  list: "Correcciones en vigor",
  unchanged: "El archivo nunca se modifica: las correcciones se guardan con el proyecto.",
  used: (used: string, rows: string) => `Se usan ${used} de ${rows} filas.`,
  usedOfTest: (used: string, rows: string) =>
    `De la tabla de prueba se usan ${used} de ${rows} filas.`,
  ofModel: "Datos corregidos antes de aprender",
  applying: "Leyendo la tabla…",
  undo: "Deshacer",
  name: "Nombre",
  quoted: (name: string) => `«${name}»`,
  fixLeaveOut: (rows: string, number: number) =>
    `Corregir: omitir ${rows} ${plural(number, "fila", "filas")}`,
  fixJoin: (rows: string, number: number) =>
    `Corregir: reunir sus etiquetas (omite ${rows} ${plural(number, "fila", "filas")})`,
  fixMerge: (labels: string, name: string) => `Corregir: unir ${labels} a ${name}`,
  fixDrop: (rows: string, number: number) =>
    `Corregir: quitar la etiqueta de ${rows} ${plural(number, "fila", "filas")}`,
  merged: (labels: string, name: string) => `${labels} → ${name}`,
  dropped: (label: string) => `Etiqueta ${label} quitada`,
  steps: {
    empty: "Filas vacías",
    unlabelled: "Filas sin etiquetas",
    duplicates: "Artículos repetidos",
    nearDuplicates: "Artículos casi iguales",
    leaveOutContradictions: "Artículos con etiquetas contradictorias",
    joinContradictions: "Etiquetas contradictorias reunidas",
  },
  leftOut: (rows: string, number: number) =>
    `${rows} ${plural(number, "fila omitida", "filas omitidas")}`,
  joined: (rows: string, number: number) =>
    `${rows} ${plural(number, "fila omitida, con sus etiquetas en la primera", "filas omitidas, con sus etiquetas en la primera")}`,
  renamed: (rows: string, number: number) =>
    `cambia ${rows} ${plural(number, "fila", "filas")}`,
};

export const en: typeof es = {
  title: "Corrections",
  list: "Corrections in force",
  unchanged: "The file itself is never changed: corrections are kept with the project.",
  used: (used, rows) => `${used} of ${rows} rows are used.`,
  usedOfTest: (used, rows) => `Of the test table, ${used} of ${rows} rows are used.`,
  ofModel: "Data corrected before learning",
  applying: "Reading the table…",
  undo: "Undo",
  name: "Name",
  quoted: (name) => `“${name}”`,
  fixLeaveOut: (rows, number) => `Fix: leave out ${rows} ${plural(number, "row", "rows")}`,
  fixJoin: (rows, number) =>
    `Fix: join their labels (leaves out ${rows} ${plural(number, "row", "rows")})`,
  fixMerge: (labels, name) => `Fix: merge ${labels} into ${name}`,
  fixDrop: (rows, number) =>
    `Fix: take the label from ${rows} ${plural(number, "row", "rows")}`,
  merged: (labels, name) => `${labels} → ${name}`,
  dropped: (label) => `Label ${label} dropped`,
  steps: {
    empty: "Empty rows",
    unlabelled: "Rows without labels",
    duplicates: "Repeated articles",
    nearDuplicates: "Nearly repeated articles",
    leaveOutContradictions: "Articles with contradictory labels",
    joinContradictions: "Contradictory labels joined",
  },
  leftOut: (rows, number) => `${rows} ${plural(number, "row", "rows")} left out`,
  joined: (rows, number) =>
    `${rows} ${plural(number, "row", "rows")} left out, their labels are on the first`,
  renamed: (rows, number) => `changes ${rows} ${plural(number, "row", "rows")}`,
};
