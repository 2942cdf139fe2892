/** What goes wrong with tables and with splitting their rows. */

import type { DatasetError } from "../../ipc/bindings/DatasetError";
import type { SplitError } from "../../ipc/bindings/SplitError";
import type { Sentences } from "./sentence";
import { en, es, fileEn, fileEs, formats, parts, roles } from "./words";

function byte(value: number | null): string {
  return value === null ? "" : ` (byte 0x${value.toString(16).padStart(2, "0")})`;
}

export const tableSentences: Sentences<DatasetError["code"] | SplitError["code"]> = {
  missingTable: {
    es: ({ path }) => `No existe el archivo ${fileEs(path)}. Revise el nombre y la carpeta.`,
    en: ({ path }) => `There is no file ${fileEn(path)}. Check the name and the folder.`,
  },
  tableIsFolder: {
    es: ({ path }) =>
      `${fileEs(path)} es una carpeta. Elija un archivo CSV, TSV o XLSX que esté en ella.`,
    en: ({ path }) => `${fileEn(path)} is a folder. Choose a CSV, TSV or XLSX file in it.`,
  },
  unreadableTable: {
    es: ({ path, source }) =>
      `No se puede leer ${fileEs(path)} (${source}). Compruebe que tiene permiso y que ningún otro programa lo bloquea.`,
    en: ({ path, source }) =>
      `Cannot read ${fileEn(path)} (${source}). Check that you may read it and that no other program holds it.`,
  },
  emptyTable: {
    es: ({ path }) => `${fileEs(path)} está vacío. Guarde la tabla otra vez.`,
    en: ({ path }) => `${fileEn(path)} is empty. Save the table again.`,
  },
  tableWithoutRows: {
    es: ({ path }) =>
      `${fileEs(path)} tiene los nombres de las columnas, pero ninguna fila. Guarde la tabla otra vez, con sus artículos.`,
    en: ({ path }) =>
      `${fileEn(path)} has column names and no rows. Save the table again, with its articles.`,
  },
  notATable: {
    es: ({ path, format }) =>
      `${fileEs(path)} es ${formats[format].es}, no una tabla. Guarde la tabla como CSV o XLSX.`,
    en: ({ path, format }) =>
      `${fileEn(path)} is ${formats[format].en}, not a table. Save the table as CSV or XLSX.`,
  },
  tableIsBinary: {
    es: ({ path, line }) =>
      `${fileEs(path)} no es una tabla: lo que hay en la línea ${es(line)} no es texto. Guárdela como CSV o XLSX.`,
    en: ({ path, line }) =>
      `${fileEn(path)} is not a table: what stands in line ${en(line)} is not text. Save it as CSV or XLSX.`,
  },
  undecodableText: {
    es: ({ path, line, byte: found, encoding }) =>
      `${fileEs(path)}, línea ${es(line)}: lo que hay allí${byte(found)} no corresponde a ${encoding}. Elija otra codificación.`,
    en: ({ path, line, byte: found, encoding }) =>
      `${fileEn(path)}, line ${en(line)}: what stands there${byte(found)} is not ${encoding}. Choose another encoding.`,
  },
  raggedRow: {
    es: ({ path, line, expected, found }) =>
      `${fileEs(path)}, línea ${es(line)}: hay ${es(found)} celdas en lugar de ${es(expected)}. Si una celda contiene el separador o un salto de línea, póngala entre comillas; o elija otro separador.`,
    en: ({ path, line, expected, found }) =>
      `${fileEn(path)}, line ${en(line)}: ${en(found)} cells instead of ${en(expected)}. A cell that holds the separator or a line break needs quotation marks around it; or choose another separator.`,
  },
  unreadableWorkbook: {
    es: ({ path, message }) =>
      `No se puede leer el libro ${fileEs(path)} (${message}). Guárdelo otra vez como XLSX o como CSV.`,
    en: ({ path, message }) =>
      `Cannot read the workbook ${fileEn(path)} (${message}). Save it again as XLSX or as CSV.`,
  },
  unknownColumn: {
    es: ({ path, name, columns }) =>
      `${fileEs(path)} no tiene ninguna columna «${name}». Sus columnas son: ${columns}.`,
    en: ({ path, name, columns }) =>
      `${fileEn(path)} has no column “${name}”. Its columns are: ${columns}.`,
  },
  missingTextColumn: {
    es: ({ path, columns }) =>
      `Ninguna columna de ${fileEs(path)} parece contener títulos o resúmenes. Indique cuáles son. Sus columnas son: ${columns}.`,
    en: ({ path, columns }) =>
      `${fileEn(path)} has no column that looks like titles or abstracts. Say which they are. Its columns are: ${columns}.`,
  },
  missingLabelColumn: {
    es: ({ path, columns }) =>
      `Ninguna columna de ${fileEs(path)} parece contener etiquetas. Indique cuál es. Sus columnas son: ${columns}.`,
    en: ({ path, columns }) =>
      `${fileEn(path)} has no column that looks like labels. Say which it is. Its columns are: ${columns}.`,
  },
  ambiguousLabelColumn: {
    es: ({ path, candidates }) =>
      `En ${fileEs(path)} hay más de una columna que parece contener etiquetas (${candidates}). Indique cuál es.`,
    en: ({ path, candidates }) =>
      `In ${fileEn(path)} more than one column looks like labels (${candidates}). Say which it is.`,
  },
  notAnIndicator: {
    es: ({ path, line, column, value }) =>
      `${fileEs(path)}, línea ${es(line)}, columna «${column}»: «${value}» no es ni 0 ni 1. Corríjalo, o elija una sola columna que nombre las etiquetas.`,
    en: ({ path, line, column, value }) =>
      `${fileEn(path)}, line ${en(line)}, column “${column}”: “${value}” is neither 0 nor 1. Correct it, or choose one column that names the labels.`,
  },
  tableWithoutLabels: {
    es: ({ path, columns }) =>
      `Ninguna fila de ${fileEs(path)} tiene una etiqueta en ${columns}. Elija la columna que contiene las etiquetas.`,
    en: ({ path, columns }) =>
      `No row of ${fileEn(path)} has a label in ${columns}. Choose the column that holds the labels.`,
  },
  tooManyLabels: {
    es: ({ path, columns, found, most }) =>
      `${fileEs(path)} tiene ${es(found)} etiquetas distintas en ${columns}, y se pueden aprender ${es(most)} como máximo. Elija la columna de las etiquetas o lo que las separa dentro de una celda.`,
    en: ({ path, columns, found, most }) =>
      `${fileEn(path)} has ${en(found)} different labels in ${columns}, and at most ${en(most)} can be learned. Choose the column that holds the labels, or what separates them in a cell.`,
  },
  oneLabelOnly: {
    es: ({ path, label }) =>
      `${fileEs(path)} tiene una sola etiqueta, «${label}», y para aprender a distinguir hacen falta dos. Si una celda contiene varias etiquetas, indique qué las separa.`,
    en: ({ path, label }) =>
      `${fileEn(path)} has one label only, “${label}”, and telling labels apart needs two. If a cell holds several labels, say what separates them.`,
  },
  labelNotInOrder: {
    es: ({ path, line, label }) =>
      `${fileEs(path)}, línea ${es(line)}: la etiqueta «${label}» no está en el orden de etiquetas indicado. Añádala o corrija la celda.`,
    en: ({ path, line, label }) =>
      `${fileEn(path)}, line ${en(line)}: the label “${label}” is not in the order of labels that was given. Add it, or correct the cell.`,
  },
  labelNotLearned: {
    es: ({ path, label }) =>
      `${fileEs(path)} contiene la etiqueta «${label}», que no aparece en la tabla de la que se aprende. Corríjala allí o deje fuera esas filas.`,
    en: ({ path, label }) =>
      `${fileEn(path)} has the label “${label}”, which stands nowhere in the table to learn from. Correct it there, or leave those rows out.`,
  },
  labelTwice: {
    es: ({ label }) =>
      `La etiqueta «${label}» aparece dos veces en el orden de etiquetas indicado. Nombre cada etiqueta una sola vez.`,
    en: ({ label }) =>
      `The label “${label}” stands twice in the order of labels that was given. Name each label once.`,
  },
  missingRole: {
    es: ({ path, role, columns }) =>
      `El modelo aprendió leyendo ${roles[role].es}, y ninguna columna de ${fileEs(path)} parece contenerlos. Indique la columna, o que no hay ninguna. Sus columnas son: ${columns}.`,
    en: ({ path, role, columns }) =>
      `The model read ${roles[role].en} when it learned, and no column of ${fileEn(path)} looks like that. Name the column, or say that there is none. Its columns are: ${columns}.`,
  },
  tooFewRows: {
    es: ({ rows, part }) =>
      `No hay filas suficientes para esta división (${es(rows)}): la parte de ${parts[part].es} quedaría vacía. Añada artículos o elija otras proporciones.`,
    en: ({ rows, part }) =>
      `There are too few rows for this split (${en(rows)}): the ${parts[part].en} part would be empty. Add articles, or choose other shares.`,
  },
  impossibleShares: {
    es: ({ training, validation, test }) =>
      `${es(training)} + ${es(validation)} + ${es(test)} no forman un total. Elija proporciones mayores que 0 que sumen 1.`,
    en: ({ training, validation, test }) =>
      `${en(training)} + ${en(validation)} + ${en(test)} are no shares of one whole. Choose shares above 0 that add up to 1.`,
  },
  unknownPart: {
    es: ({ row, value }) =>
      `En la fila ${es(row)}, la columna que indica la parte contiene «${value}». Escriba allí train, validation o test.`,
    en: ({ row, value }) =>
      `Row ${en(row)} of the column that says the part holds “${value}”. Write train, validation or test there.`,
  },
};
