/** What goes wrong with trained models and with the files of any model. */

import type { ArchiveError } from "../../ipc/bindings/ArchiveError";
import type { ConfigError } from "../../ipc/bindings/ConfigError";
import type { TokenizerError } from "../../ipc/bindings/TokenizerError";
import type { WeightsError } from "../../ipc/bindings/WeightsError";
import type { WriteError } from "../../ipc/bindings/WriteError";
import type { Sentences } from "./sentence";
import { en, es, fileEn, fileEs, list, nameProblems } from "./words";

type ModelCode =
  | "unknownModel"
  | "modelNameTaken"
  | "impossibleModelName"
  | "folderExists"
  | "unreadableModel"
  | "damagedModel"
  | "newerModel"
  | "modelWithoutLabels"
  | "modelForOtherProblem"
  | "modelLabelsDiffer"
  | "nothingDeleted"
  | "otherProgram"
  | "nothingToImport"
  | "unreadableImport"
  | "unknownModelFormat"
  | "oldPytorch"
  | "importNeedsAnswers"
  | "importOtherBase"
  | "wrongLabelCount"
  | "unusableLabel"
  | "noClassifier";

export const modelSentences: Sentences<
  | ModelCode
  | ArchiveError["code"]
  | ConfigError["code"]
  | TokenizerError["code"]
  | WeightsError["code"]
  | WriteError["code"]
> = {
  nothingDeleted: {
    es: ({ name }) =>
      `Ya no queda ningún modelo eliminado llamado «${name}». Impórtelo de una copia o entrénelo de nuevo.`,
    en: ({ name }) =>
      `No deleted model named “${name}” is left. Import it from a copy, or train it again.`,
  },
  otherProgram: {
    es: ({ name }) =>
      `El modelo «${name}» lo escribió otro programa, así que no se sabe nada de su entrenamiento ni de su evaluación. Evalúelo con una tabla que tenga etiquetas.`,
    en: ({ name }) =>
      `The model “${name}” was written by another program, so nothing is known of its training and evaluation. Evaluate it on a table with labels.`,
  },
  unreadableArchive: {
    es: ({ path, source }) => `No se puede leer ${fileEs(path)} (${source}).`,
    en: ({ path, source }) => `Cannot read ${fileEn(path)} (${source}).`,
  },
  damagedArchive: {
    es: ({ path, message }) =>
      `${fileEs(path)} no es un archivo zip que se pueda leer (${message}). Consiga el archivo otra vez.`,
    en: ({ path, message }) =>
      `${fileEn(path)} is no zip file that can be read (${message}). Get the file again.`,
  },
  noModelInArchive: {
    es: ({ path }) =>
      `En ${fileEs(path)} no hay ningún modelo: falta config.json. Elija un zip escrito por Etiqueta o con save_pretrained.`,
    en: ({ path }) =>
      `${fileEn(path)} holds no model: config.json is missing. Choose a zip that Etiqueta or save_pretrained wrote.`,
  },
  suspiciousArchive: {
    es: ({ path, entry }) =>
      `${fileEs(path)} no se abre, porque contiene algo que no es propio de un modelo (${entry}). Descomprímalo con otro programa, mire qué hay dentro e importe la carpeta.`,
    en: ({ path, entry, reason }) =>
      `${fileEn(path)} is not opened: ${reason} (${entry}). Unpack it with another program, look at what is in it, and import the folder.`,
  },
  nothingToImport: {
    es: ({ path }) =>
      `No existe ${fileEs(path)}. Elija una carpeta, un archivo zip o un archivo .pt.`,
    en: ({ path }) => `There is no ${fileEn(path)}. Choose a folder, a zip file, or a .pt file.`,
  },
  unreadableImport: {
    es: ({ path, source }) => `No se puede leer ${fileEs(path)} (${source}).`,
    en: ({ path, source }) => `Cannot read ${fileEn(path)} (${source}).`,
  },
  unknownModelFormat: {
    es: ({ path }) =>
      `${fileEs(path)} no es un modelo: no es ni un zip ni un archivo de PyTorch. Elija una carpeta con config.json y model.safetensors, un zip de ella o un archivo .pt.`,
    en: ({ path }) =>
      `${fileEn(path)} is no model: neither a zip nor a PyTorch file. Choose a folder with config.json and model.safetensors, a zip of one, or a .pt file.`,
  },
  oldPytorch: {
    es: ({ path }) =>
      `${fileEs(path)} lo escribió un PyTorch anterior a la versión 1.6. Ábralo en Python con una versión más nueva y guárdelo otra vez con torch.save(model.state_dict(), ...).`,
    en: ({ path }) =>
      `${fileEn(path)} was written by PyTorch before version 1.6. Load it in Python with a newer one and save it again with torch.save(model.state_dict(), ...).`,
  },
  importNeedsAnswers: {
    es: ({ path, outputs, bases }) =>
      `${fileEs(path)} distingue ${es(outputs)} etiquetas, pero no dice cuáles ni de qué modelo base procede. Indíquelo${bases.length ? ` (modelos base de su forma: ${list(bases, "es")})` : ""}.`,
    en: ({ path, outputs, bases }) =>
      `${fileEn(path)} tells ${en(outputs)} labels apart, and says neither which nor what base model it comes from. Say so${bases.length ? ` (base models of its shape: ${list(bases, "en")})` : ""}.`,
  },
  importOtherBase: {
    es: ({ path, base, bases }) =>
      `Los pesos de ${fileEs(path)} no son de un modelo hecho a partir de «${base}»: tienen otra forma. ${bases.length ? `De su forma hay: ${list(bases, "es")}` : "No hay ningún modelo base de su forma: agréguelo primero"}.`,
    en: ({ path, base, bases }) =>
      `The weights in ${fileEn(path)} are not of a model made from “${base}”: they have other shapes. ${bases.length ? `Base models of their shape: ${list(bases, "en")}` : "There is no base model of their shape: add it first"}.`,
  },
  wrongLabelCount: {
    es: ({ path, outputs, found }) =>
      `${fileEs(path)} distingue ${es(outputs)} etiquetas, y se indicaron ${es(found)}. Indíquelas en el orden de sus salidas; en el cuaderno original, el alfabético.`,
    en: ({ path, outputs, found }) =>
      `${fileEn(path)} tells ${en(outputs)} labels apart, and ${en(found)} were named. Name them in the order of its outputs; in the notebook, the sorted one.`,
  },
  unusableLabel: {
    es: ({ label }) =>
      `«${label}» no puede ser una etiqueta aquí: cada etiqueta necesita un nombre propio.`,
    en: ({ label }) => `“${label}” cannot be a label here: each label needs a name of its own.`,
  },
  noClassifier: {
    es: ({ path }) =>
      `${fileEs(path)} no tiene un clasificador que distinga etiquetas. Elija los pesos de un modelo ya entrenado.`,
    en: ({ path }) =>
      `${fileEn(path)} has no classifier that tells labels apart. Choose the weights of a fine-tuned model.`,
  },
  notPytorch: {
    es: ({ path, message }) =>
      `${fileEs(path)} no es el estado guardado de un modelo de PyTorch (${message}). Guárdelo en Python con torch.save(model.state_dict(), ...) o consiga el archivo otra vez.`,
    en: ({ path, message }) =>
      `${fileEn(path)} is not the saved state of a PyTorch model (${message}). Save it in Python with torch.save(model.state_dict(), ...), or get the file again.`,
  },
  unknownModel: {
    es: ({ name, known }) =>
      `No hay ningún modelo llamado «${name}». ${known.length ? `Hay: ${list(known, "es")}` : "Todavía no hay ninguno: entrene uno primero"}.`,
    en: ({ name, known }) =>
      `There is no model named “${name}”. ${known.length ? `There are: ${list(known, "en")}` : "There is none yet: train one first"}.`,
  },
  modelNameTaken: {
    es: ({ name }) =>
      `Ya hay un modelo llamado «${name}». Elija otro nombre o elimine antes aquel modelo.`,
    en: ({ name }) =>
      `There is already a model named “${name}”. Choose another name, or delete that one first.`,
  },
  impossibleModelName: {
    es: ({ name, reason }) =>
      `«${name}» no puede ser el nombre de un modelo: ${nameProblems[reason].es}. Elija otro nombre.`,
    en: ({ name, reason }) =>
      `“${name}” cannot be the name of a model: ${nameProblems[reason].en}. Choose another name.`,
  },
  folderExists: {
    es: ({ folder }) => `${folder} ya existe. Elija una carpeta que todavía no exista.`,
    en: ({ folder }) => `${folder} exists already. Choose a folder that does not exist yet.`,
  },
  unreadableModel: {
    es: ({ path, source }) =>
      `No se puede leer ${path} (${source}). Compruebe que el archivo está ahí y que tiene permiso para leerlo.`,
    en: ({ path, source }) =>
      `Cannot read ${path} (${source}). Check that the file is there and that you may read it.`,
  },
  damagedModel: {
    es: ({ path, message }) =>
      `${path} está dañado (${message}). Recupere el archivo de una copia o entrene el modelo otra vez.`,
    en: ({ path, message }) =>
      `${path} is damaged (${message}). Restore the file from a copy, or train the model again.`,
  },
  newerModel: {
    es: ({ path, found, known }) =>
      `${path} se escribió con una versión más reciente de Etiqueta (formato ${es(found)}; esta conoce hasta el ${es(known)}). Actualice Etiqueta.`,
    en: ({ path, found, known }) =>
      `${path} was written by a newer Etiqueta (format ${en(found)}, and this one knows up to ${en(known)}). Update Etiqueta.`,
  },
  modelWithoutLabels: {
    es: ({ path, found }) =>
      `${path} nombra ${found === 1 ? "una sola etiqueta" : `${es(found)} etiquetas`}, y para distinguir hacen falta dos. Elija un modelo entrenado para clasificar.`,
    en: ({ path, found }) =>
      `${path} names ${en(found)} labels, and telling labels apart needs two. Choose a model that was trained for classification.`,
  },
  modelForOtherProblem: {
    es: ({ path, found }) =>
      `${path} describe un modelo para «${found}», que no da varias etiquetas por artículo. Elija un modelo con problem_type multi_label_classification.`,
    en: ({ path, found }) =>
      `${path} describes a model for “${found}”, which gives something else than several labels an article. Choose a model of problem_type multi_label_classification.`,
  },
  modelLabelsDiffer: {
    es: ({ path }) =>
      `${path} y la configuración que está a su lado nombran etiquetas distintas. Recupere ambos archivos de la misma copia.`,
    en: ({ path }) =>
      `${path} and the configuration beside it name different labels. Restore both from one copy.`,
  },
  unreadableConfig: {
    es: ({ path, source }) =>
      `No se puede leer ${path} (${source}). Elija una carpeta que contenga un BERT de Hugging Face.`,
    en: ({ path, source }) =>
      `Cannot read ${path} (${source}). Choose a folder that holds a Hugging Face BERT.`,
  },
  malformedConfig: {
    es: ({ path, message, line, column }) =>
      `${path} no es la configuración de un BERT: ${message} (línea ${es(line)}, columna ${es(column)}). Descargue el modelo base otra vez.`,
    en: ({ path, message, line, column }) =>
      `${path} is not a BERT configuration: ${message} (line ${en(line)}, column ${en(column)}). Download the base model again.`,
  },
  configNotBert: {
    es: ({ path, found }) =>
      `${path} describe un modelo de tipo «${found}», y solo se pueden ajustar los de tipo «bert». Elija un BERT.`,
    en: ({ path, found }) =>
      `${path} describes a model of type “${found}”, and only “bert” can be fine-tuned. Choose a BERT.`,
  },
  unsupportedConfig: {
    es: ({ path, setting, value }) =>
      `${path}: el valor ${setting} = ${value} no es compatible. Elija otro modelo base.`,
    en: ({ path, setting, value, expected }) =>
      `${path}: ${setting} = ${value} is not supported (${expected}). Choose another base model.`,
  },
  missingTokenizer: {
    es: ({ folder }) =>
      `En ${folder} no hay ni tokenizer.json ni vocab.txt. Copie allí uno de los dos, del mismo lugar que el modelo.`,
    en: ({ folder }) =>
      `${folder} holds neither tokenizer.json nor vocab.txt. Copy one of them from where the model is from.`,
  },
  unreadableTokenizer: {
    es: ({ path, source }) =>
      `No se puede leer el tokenizador ${path} (${source}). Compruebe que tiene permiso para leerlo.`,
    en: ({ path, source }) =>
      `Cannot read the tokenizer ${path} (${source}). Check that you may read it.`,
  },
  malformedTokenizer: {
    es: ({ path, message }) =>
      `${path} no es un tokenizador (${message}). Consiga el modelo otra vez.`,
    en: ({ path, message }) => `${path} is not a tokenizer (${message}). Get the model again.`,
  },
  tokenizerNotBert: {
    es: ({ path }) => `${path} no es un tokenizador como el que BERT necesita. Elija un BERT.`,
    en: ({ path, found, expected }) =>
      `${path} describes ${found}, and BERT needs ${expected}. Choose a BERT.`,
  },
  unreadableWeights: {
    es: ({ path, source }) =>
      `No se pueden leer los pesos ${path} (${source}). Compruebe que el archivo está ahí y que tiene permiso para leerlo.`,
    en: ({ path, source }) =>
      `Cannot read the weights ${path} (${source}). Check that the file is there and that you may read it.`,
  },
  truncatedWeights: {
    es: ({ path, expected, found }) =>
      `${path} está incompleto: tiene ${es(found)} de ${es(expected)} bytes. Consiga el modelo otra vez.`,
    en: ({ path, expected, found }) =>
      `${path} is cut off: it has ${en(found)} bytes of ${en(expected)}. Get the model again.`,
  },
  weightsNotSafetensors: {
    es: ({ path, message }) =>
      `${path} no es un archivo safetensors (${message}). Consiga el modelo otra vez.`,
    en: ({ path, message }) =>
      `${path} is not a safetensors file (${message}). Get the model again.`,
  },
  missingTensor: {
    es: ({ path, name, others }) =>
      `A ${fileEs(path)} le falta el tensor ${name}${others ? ` y ${es(others)} más` : ""}. Los pesos y config.json no corresponden entre sí: consiga el modelo otra vez.`,
    en: ({ path, name, others }) =>
      `${fileEn(path)} has no tensor ${name}${others ? ` (nor ${en(others)} more)` : ""}. Weights and config.json do not belong together: get the model again.`,
  },
  wrongTensorShape: {
    es: ({ path, name, expected, found }) =>
      `${fileEs(path)}: el tensor ${name} tiene la forma ${found.join(" × ")} y no ${expected.join(" × ")}. Los pesos y config.json no corresponden entre sí: consiga el modelo otra vez.`,
    en: ({ path, name, expected, found }) =>
      `${fileEn(path)}: the tensor ${name} has the shape ${found.join(" × ")} and not ${expected.join(" × ")}. Weights and config.json do not belong together: get the model again.`,
  },
  wrongTensorType: {
    es: ({ path, name, found }) =>
      `${fileEs(path)}: el tensor ${name} está guardado como ${found}, y solo se leen F32, F16 y BF16. Convierta el modelo a uno de ellos.`,
    en: ({ path, name, found }) =>
      `${fileEn(path)}: the tensor ${name} is stored as ${found}, and only F32, F16 and BF16 are read. Convert the model to one of them.`,
  },
  tensorNotFinite: {
    es: ({ path, name }) =>
      `${fileEs(path)}: el tensor ${name} contiene un valor que no es un número finito. Consiga el modelo otra vez.`,
    en: ({ path, name }) =>
      `${fileEn(path)}: the tensor ${name} holds a value that is not a finite number. Get the model again.`,
  },
  wrongParameterCount: {
    es: ({ expected, found }) =>
      `El modelo tiene ${es(found)} parámetros en lugar de ${es(expected)}. Consiga el modelo otra vez.`,
    en: ({ expected, found }) =>
      `The model holds ${en(found)} parameters instead of ${en(expected)}. Get the model again.`,
  },
  noWritePermission: {
    es: ({ path }) =>
      `No tiene permiso para escribir ${path}. Elija otra carpeta o permita escribir en ella.`,
    en: ({ path }) =>
      `Cannot write ${path}: no permission. Choose another folder, or allow writing there.`,
  },
  diskFull: {
    es: ({ path }) =>
      `No se puede escribir ${path}: el disco está lleno. Libere espacio e inténtelo otra vez.`,
    en: ({ path }) => `Cannot write ${path}: the disk is full. Free some space and try again.`,
  },
  writeFailed: {
    es: ({ path, source }) => `No se puede escribir ${path} (${source}). Elija otra carpeta.`,
    en: ({ path, source }) => `Cannot write ${path} (${source}). Choose another folder.`,
  },
};
