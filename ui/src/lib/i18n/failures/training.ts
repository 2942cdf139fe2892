/** What goes wrong in training, in evaluations, and in runs. */

import type { BackendError } from "../../ipc/bindings/BackendError";
import type { CheckpointError } from "../../ipc/bindings/CheckpointError";
import type { CudaError } from "../../ipc/bindings/CudaError";
import type { EvaluationError } from "../../ipc/bindings/EvaluationError";
import type { RecipeError } from "../../ipc/bindings/RecipeError";
import type { TrainingError } from "../../ipc/bindings/TrainingError";
import type { Sentences } from "./sentence";
import {
  boundsEn,
  boundsEs,
  bytes,
  capital,
  en,
  es,
  fileEn,
  fileEs,
  limitEn,
  limitEs,
  list,
  modelSizes,
  parts,
  rates,
  settings,
} from "./words";

type RunCode =
  | "runExists"
  | "runBusy"
  | "unknownRun"
  | "damagedRun"
  | "newerRun"
  | "baseChanged"
  | "nothingToEvaluate";

export const trainingSentences: Sentences<
  | RunCode
  | BackendError["code"]
  | CudaError["code"]
  | CheckpointError["code"]
  | EvaluationError["code"]
  | RecipeError["code"]
  | TrainingError["code"]
> = {
  runExists: {
    es: ({ name }) =>
      `Ya empezó un entrenamiento llamado «${name}» que no terminó. Continúelo, descártelo o elija otro nombre.`,
    en: ({ name }) =>
      `A run named “${name}” began and did not finish. Resume it, discard it, or choose another name.`,
  },
  runBusy: {
    es: ({ name }) =>
      `«${name}» se está entrenando en este momento. Espere a que termine o deténgalo.`,
    en: ({ name }) => `“${name}” is being trained at this moment. Wait for it, or stop it.`,
  },
  unknownRun: {
    es: ({ name, known }) =>
      `No hay ningún entrenamiento sin terminar llamado «${name}». ${known.length ? `Hay: ${list(known, "es")}` : "No hay ninguno"}.`,
    en: ({ name, known }) =>
      `There is no unfinished run named “${name}”. ${known.length ? `There are: ${list(known, "en")}` : "There is none"}.`,
  },
  damagedRun: {
    es: ({ path, message }) =>
      `La descripción del entrenamiento, ${fileEs(path)}, está dañada (${message}). Descarte el entrenamiento y empiece uno nuevo.`,
    en: ({ path, message }) =>
      `The run's description ${fileEn(path)} is damaged (${message}). Discard the run and start a new one.`,
  },
  newerRun: {
    es: ({ found, known }) =>
      `Este entrenamiento se empezó con una versión más reciente de Etiqueta (formato ${es(found)}; esta conoce hasta el ${es(known)}). Actualice Etiqueta.`,
    en: ({ found, known }) =>
      `This run was begun by a newer Etiqueta (format ${en(found)}, and this one knows up to ${en(known)}). Update Etiqueta.`,
  },
  baseChanged: {
    es: ({ name }) =>
      `El modelo base «${name}» ha cambiado desde que empezó el entrenamiento. Déjelo como estaba o empiece uno nuevo.`,
    en: ({ name }) =>
      `The base model “${name}” changed since the run began. Put it back as it was, or start a new run.`,
  },
  nothingToEvaluate: {
    es: ({ path, known }) =>
      `Ninguna fila de ${fileEs(path)} tiene una etiqueta que el modelo conozca (${known}), así que no hay nada que evaluar. Elija la columna que contiene las etiquetas.`,
    en: ({ path, known }) =>
      `No row of ${fileEn(path)} has a label that the model knows (${known}), so there is nothing to evaluate. Choose the column that holds the labels.`,
  },
  unknownRecipe: {
    es: ({ name }) =>
      `No hay ninguna receta llamada «${name}». Elija la del cuaderno o la recomendada.`,
    en: ({ name }) => `There is no recipe named “${name}”. Choose “notebook” or “recommended”.`,
  },
  settingOutOfRange: {
    es: ({ setting, value, expected }) =>
      `${capital(settings[setting].es)} no puede ser ${es(value)}. Elija un valor que sea ${boundsEs(expected)}.`,
    en: ({ setting, value, expected }) =>
      `${capital(settings[setting].en)} cannot be ${en(value)}. Choose a value that is ${boundsEn(expected)}.`,
  },
  lengthBeyondBase: {
    es: ({ asked, positions }) =>
      `Este modelo base lee textos de ${es(positions)} fragmentos de palabra como máximo, y se pidieron ${es(asked)}. Elija una longitud máxima de ${es(positions)} o menos.`,
    en: ({ asked, positions }) =>
      `The maximum length of ${en(asked)} word pieces is more than this base model reads. Choose at most ${en(positions)}.`,
  },
  partWithoutRows: {
    es: ({ part }) => `No hay filas de ${parts[part].es}. Elija otra división.`,
    en: ({ part }) => `There are no ${parts[part].en} rows. Choose another split.`,
  },
  trainingRowOutOfRange: {
    es: ({ row, rows }) =>
      `La división nombra la fila ${es(row + 1)}, pero solo hay ${es(rows)} filas. Divida los datos otra vez.`,
    en: ({ row, rows }) =>
      `The split names row ${en(row + 1)}, but there are ${en(rows)} rows. Split the data again.`,
  },
  wrongNumberOfWeights: {
    es: ({ found, expected }) =>
      `El modelo base tiene ${es(found)} pesos en lugar de ${es(expected)}. Consígalo otra vez.`,
    en: ({ found, expected }) =>
      `The base model holds ${en(found)} weights instead of ${en(expected)}. Get it again.`,
  },
  lossNotFinite: {
    es: ({ step, learningRate }) =>
      `La pérdida dejó de ser un número finito en la actualización ${es(step)} (tasa de aprendizaje ${es(learningRate)}). Se conserva el último punto de control bueno. Baje la tasa de aprendizaje o recorte los gradientes (norma 1), y empiece un entrenamiento nuevo.`,
    en: ({ step, learningRate }) =>
      `The loss stopped being a finite number at update ${en(step)} (learning rate ${en(learningRate)}). The last good checkpoint is kept. Lower the learning rate or clip the gradients (norm 1), and begin a new run.`,
  },
  weightsNotFinite: {
    es: ({ step }) =>
      `Los pesos dejaron de ser números finitos en la actualización ${es(step)}. Se conserva el último punto de control bueno. Baje la tasa de aprendizaje o recorte los gradientes (norma 1), y empiece un entrenamiento nuevo.`,
    en: ({ step }) =>
      `The weights stopped being finite at update ${en(step)}. The last good checkpoint is kept. Lower the learning rate or clip the gradients (norm 1), and begin a new run.`,
  },
  dataChanged: {
    es: ({ run }) =>
      `Los datos, su división o el tokenizador han cambiado desde que empezó el entrenamiento ${fileEs(run)}, así que no se puede continuar. Deje el archivo como estaba o empiece uno nuevo.`,
    en: ({ run }) =>
      `The data, its split or the tokenizer changed since the run ${fileEn(run)} began, so it cannot be resumed. Put the file back as it was, or start a new run.`,
  },
  recipeChanged: {
    es: ({ run }) =>
      `El entrenamiento ${fileEs(run)} empezó con otra receta, así que no se puede continuar con esta. Continúelo sin cambiar sus ajustes o empiece uno nuevo.`,
    en: ({ run }) =>
      `The run ${fileEn(run)} began with another recipe, so it cannot be resumed with this one. Resume it without settings, or start a new run.`,
  },
  checkpointDiskFull: {
    es: ({ needed }) =>
      `El disco está lleno y no se pudo guardar el punto de control; se conserva el anterior. Libere espacio (${bytes(needed, "es")}) y continúe el entrenamiento.`,
    en: ({ needed }) =>
      `The disk is full, so the checkpoint was not written; the one before is kept. Free some space (${bytes(needed, "en")}) and resume the run.`,
  },
  unwritableCheckpoint: {
    es: ({ path, source }) =>
      `No se puede escribir el punto de control ${path} (${source}). Compruebe que tiene permiso para escribir en esa carpeta.`,
    en: ({ path, source }) =>
      `Cannot write the checkpoint ${path} (${source}). Check that you may write in this folder.`,
  },
  unreadableCheckpoint: {
    es: ({ path, source }) =>
      `No se puede leer el punto de control ${path} (${source}). Si el entrenamiento nunca llegó a guardar uno, empiécelo de nuevo.`,
    en: ({ path, source }) =>
      `Cannot read the checkpoint ${path} (${source}). If the run never wrote one, start it again.`,
  },
  damagedCheckpoint: {
    es: ({ path, found }) =>
      `El punto de control ${path} está dañado (${found}). Descarte el entrenamiento y empiécelo de nuevo.`,
    en: ({ path, found }) =>
      `The checkpoint ${path} is damaged (${found}). Discard the run and start it again.`,
  },
  newerCheckpoint: {
    es: ({ found }) =>
      `El punto de control se guardó con una versión más reciente de Etiqueta (formato ${es(found)}). Actualice Etiqueta.`,
    en: ({ found }) =>
      `The checkpoint was written by a newer Etiqueta (format ${en(found)}). Update Etiqueta.`,
  },
  noRowsToEvaluate: {
    es: ({ rows, labels }) =>
      `No hay nada que evaluar: ${es(rows)} filas y ${es(labels)} etiquetas. Elija artículos que tengan etiquetas.`,
    en: ({ rows, labels }) =>
      `There is nothing to evaluate: ${en(rows)} rows and ${en(labels)} labels. Choose articles that have labels.`,
  },
  wrongEvaluationShape: {
    es: ({ found, expected }) =>
      `Los números de la evaluación no concuerdan: hay ${es(found[0])} filas y ${es(found[1])} etiquetas, y hacen falta ${es(expected[0])} y ${es(expected[1])}. Calcúlelos otra vez para estos artículos.`,
    en: ({ what, found, expected }) =>
      `The ${what} have ${en(found[0])} rows and ${en(found[1])} labels, but ${en(expected[0])} and ${en(expected[1])} are needed. Compute them again for these articles.`,
  },
  wrongEvaluationCount: {
    es: ({ found, expected }) =>
      `Para la evaluación hay ${es(found)} valores en lugar de ${es(expected)}. Tiene que haber uno para cada etiqueta o fila.`,
    en: ({ what, found, expected }) =>
      `There are ${en(found)} ${what} instead of ${en(expected)}. Give one for each.`,
  },
  scoreNotAProbability: {
    es: ({ row, label, score }) =>
      `La puntuación de la etiqueta «${label}» en la fila ${es(row + 1)} es ${es(score)}, que no es una probabilidad. Clasifique los artículos otra vez.`,
    en: ({ row, label, score }) =>
      `The score of label “${label}” in row ${en(row + 1)} is ${en(score)}, which is no probability. Classify the articles again.`,
  },
  impossibleThreshold: {
    es: ({ label, threshold }) =>
      `El umbral de la etiqueta «${label}» es ${es(threshold)}. Elija un número entre 0 y 1.`,
    en: ({ label, threshold }) =>
      `The threshold of label “${label}” is ${en(threshold)}. Choose a number between 0 and 1.`,
  },
  notValidation: {
    es: () =>
      "Los umbrales solo se pueden elegir con los artículos de validación, y estos son otros. Entrene el modelo de nuevo.",
    en: () =>
      "Thresholds can be chosen on the validation rows alone, and these are others. Train the model again.",
  },
  impossibleRate: {
    es: ({ rate, value }) =>
      `No se puede pedir una ${rates[rate].es} de al menos ${es(value)}. Elija un número entre 0 y 1.`,
    en: ({ rate, value }) =>
      `A ${rates[rate].en} of at least ${en(value)} cannot be asked for. Choose a number between 0 and 1.`,
  },
  evaluatedRowOutOfRange: {
    es: ({ row, rows }) =>
      `La división nombra la fila ${es(row + 1)}, pero solo hay ${es(rows)} filas. Divida los datos otra vez.`,
    en: ({ row, rows }) =>
      `The split names row ${en(row + 1)}, but there are ${en(rows)} rows. Split the data again.`,
  },
  noSharedWords: {
    es: ({ texts }) =>
      `Ninguna palabra aparece en dos de los ${es(texts)} textos de entrenamiento, así que no hay modelo lineal de referencia. Añada artículos.`,
    en: ({ texts }) =>
      `No word stands in two of the ${en(texts)} training texts, so there is no linear baseline. Add articles.`,
  },
  sequenceTooLong: {
    es: ({ length, positions }) =>
      `Un texto de ${es(length)} fragmentos de palabra es más largo que las ${es(positions)} posiciones del modelo. Reduzca la longitud máxima.`,
    en: ({ length, positions }) =>
      `A text of ${en(length)} word pieces is longer than the model's ${en(positions)} positions. Lower the maximum length.`,
  },
  unknownWordPiece: {
    es: ({ id, vocabulary }) =>
      `El fragmento de palabra ${es(id)} no está en el vocabulario del modelo, que tiene ${es(vocabulary)}. El tokenizador y los pesos no corresponden entre sí: consiga el modelo base otra vez.`,
    en: ({ id, vocabulary }) =>
      `Word piece ${en(id)} is not in the model's vocabulary of ${en(vocabulary)}. The tokenizer and the weights do not belong together: get the base model again.`,
  },
  wrongBufferLength: {
    es: ({ found, expected }) =>
      `El cálculo no se pudo hacer: hay ${es(found)} valores en lugar de ${es(expected)}. Es un error del programa; le agradecemos que nos lo comunique.`,
    en: ({ what, found, expected }) =>
      `Cannot compute: ${what} holds ${en(found)} values instead of ${en(expected)}. This is a mistake in the program: please report it.`,
  },
  precisionUnavailable: {
    es: () =>
      "Este procesador no calcula con bfloat16 (AVX512-BF16). Elija la precisión más rápida, o f32.",
    en: () =>
      "This processor has no bfloat16 (AVX512-BF16). Choose the fastest precision, or f32.",
  },
  computationFailed: {
    es: ({ source }) =>
      `El cálculo con candle falló (${source}). Elija el cálculo explícito, o inténtelo de nuevo.`,
    en: ({ source }) =>
      `candle failed to compute (${source}). Choose the explicit computation, or try again.`,
  },
  candleOnCard: {
    es: () =>
      "El cálculo con candle solo usa el procesador. Elija el procesador, o el cálculo explícito.",
    en: () =>
      "candle computes on the processor alone. Choose the processor, or the explicit computation.",
  },
  cardDriverMissing: {
    es: () =>
      "Este equipo no tiene el controlador de NVIDIA. Si tiene una tarjeta NVIDIA, instale el controlador de la versión 550 o posterior; si no, elija el procesador.",
    en: () =>
      "This machine has no NVIDIA driver. If it has an NVIDIA card, install the driver of version 550 or newer; else choose the processor.",
  },
  cardMissing: {
    es: () =>
      "El controlador de NVIDIA no encuentra ninguna tarjeta. Compruebe que esté bien puesta, o elija el procesador.",
    en: () =>
      "The NVIDIA driver finds no card. Check that it is plugged in, or choose the processor.",
  },
  cardDriverTooOld: {
    es: ({ found, needed }) =>
      `El controlador de NVIDIA de este equipo conoce CUDA ${found} y hace falta ${needed}. Actualícelo a la versión 550 o posterior, o elija el procesador.`,
    en: ({ found, needed }) =>
      `The NVIDIA driver of this machine knows CUDA ${found}, and ${needed} is needed. Update it to version 550 or newer, or choose the processor.`,
  },
  cardTooOld: {
    es: ({ name, found, needed }) =>
      `La tarjeta ${name} es demasiado antigua (capacidad ${found}; hace falta ${needed}, que tienen las tarjetas desde 2020). Elija otra, o el procesador.`,
    en: ({ name, found, needed }) =>
      `The card ${name} is too old (compute ${found}; ${needed} is needed, which cards from 2020 on have). Choose another one, or the processor.`,
  },
  cardUnknown: {
    es: ({ number, count }) =>
      `No hay una tarjeta con el número ${es(number)}: este equipo tiene ${es(count)}. Elija otra, o el procesador.`,
    en: ({ number, count }) =>
      `There is no card number ${en(number)}: this machine has ${en(count)}. Choose another one, or the processor.`,
  },
  cardFull: {
    es: ({ asked, free }) =>
      `La tarjeta no tiene memoria suficiente: se pidieron ${bytes(asked, "es")} y quedan ${bytes(free, "es")}. Cierre otros programas que la usen, o elija el procesador.`,
    en: ({ asked, free }) =>
      `The card has not enough memory: ${bytes(asked, "en")} were asked for and ${bytes(free, "en")} are free. Close other programs that use it, or choose the processor.`,
  },
  cardTooSmall: {
    es: ({ asked, free, microBatches }) =>
      `La tarjeta no tiene memoria suficiente: se pidieron ${bytes(asked, "es")} y quedan ${bytes(free, "es")}. ${
        microBatches === null
          ? "Cierre otros programas que la usen, lea menos fragmentos de cada texto, o elija el procesador."
          : `Calcule cada lote en ${es(microBatches)} microlotes: el resultado es el mismo y necesita menos. O elija el procesador.`
      }`,
    en: ({ asked, free, microBatches }) =>
      `The card has not enough memory: ${bytes(asked, "en")} were asked for and ${bytes(free, "en")} are free. ${
        microBatches === null
          ? "Close other programs that use it, read fewer word pieces of each text, or choose the processor."
          : `Compute each batch in ${en(microBatches)} micro-batches: the result is the same and needs less. Or choose the processor.`
      }`,
  },
  cardOccupied: {
    es: ({ during, reason }) =>
      `Otros programas tienen ocupada la tarjeta (${during}: ${reason}). Ciérrelos, elija otra tarjeta, o el procesador.`,
    en: ({ during, reason }) =>
      `Other programs have taken the card up (${during}: ${reason}). End them, choose another card, or the processor.`,
  },
  cardUnsuited: {
    es: ({ size, found, needed }) =>
      `La tarjeta no puede calcular este modelo base: tiene ${modelSizes[size].es} de ${es(found)} y debe ser ${limitEs(needed)}. Elija otro modelo base, o el procesador.`,
    en: ({ size, found, needed }) =>
      `The card cannot compute this base model: it has ${modelSizes[size].en} of ${en(found)}, which has to be ${limitEn(needed)}. Choose another base model, or the processor.`,
  },
  cardLost: {
    es: ({ during, reason }) =>
      `La tarjeta dejó de funcionar (${during}: ${reason}). Vuelva a intentarlo; si se repite, actualice el controlador o elija el procesador.`,
    en: ({ during, reason }) =>
      `The card stopped working (${during}: ${reason}). Try again; if it happens again, update the driver or choose the processor.`,
  },
  cardWrong: {
    es: ({ operation }) =>
      `La tarjeta da resultados equivocados en la prueba (${operation}). Actualice el controlador, o elija el procesador.`,
    en: ({ operation }) =>
      `The card gives wrong results in its test (${operation}). Update the driver, or choose the processor.`,
  },
  cardKernelsDamaged: {
    es: ({ reason }) =>
      `La parte del programa que calcula en la tarjeta está dañada (${reason}). Instale el programa otra vez, o elija el procesador.`,
    en: ({ reason }) =>
      `The part of the program that computes on the card is damaged (${reason}). Install the program again, or choose the processor.`,
  },
  cardRefused: {
    es: ({ during, reason }) =>
      `El controlador de NVIDIA se negó (${during}: ${reason}). Actualícelo, o elija el procesador.`,
    en: ({ during, reason }) =>
      `The NVIDIA driver refused (${during}: ${reason}). Update it, or choose the processor.`,
  },
  threadsNotStarted: {
    es: ({ source }) => `No se pueden iniciar los hilos de cálculo (${source}). Use menos hilos.`,
    en: ({ source }) =>
      `The threads of the computation cannot be started (${source}). Use fewer threads.`,
  },
};
