/** What goes wrong with base models, in folders and from the Hub. */

import type { HubError } from "../../ipc/bindings/HubError";
import type { Sentences } from "./sentence";
import { bytes, en, es, list } from "./words";

type BaseCode =
  | "baseNotAFolder"
  | "incompleteBase"
  | "baseInOtherFormat"
  | "shardedBase"
  | "tokenizerMismatch"
  | "damagedBaseFile"
  | "unreadableBase"
  | "selfTestFailed";
/** All but `damagedBase`, whose sentence ends with another one. */
type BaseLibraryCode =
  | "impossibleBaseName"
  | "baseNameTaken"
  | "unknownBase"
  | "builtInBase"
  | "unfinishedBase"
  | "unreadableBaseLibrary";
type HubCode = Exclude<HubError["code"], "noWritePermission" | "diskFull" | "writeFailed">;

const KEPT_ES = "Lo que ya llegó se conserva: pida el modelo otra vez para continuar.";
const KEPT_EN = "What is there is kept: get the model again to go on.";

export const baseSentences: Sentences<BaseCode | BaseLibraryCode | HubCode> = {
  baseNotAFolder: {
    es: ({ folder }) =>
      `${folder} no es una carpeta. Elija la carpeta que contiene el config.json del modelo.`,
    en: ({ folder }) =>
      `${folder} is not a folder. Choose the folder that holds the model's config.json.`,
  },
  incompleteBase: {
    es: ({ folder, file }) =>
      `En ${folder} falta ${file}. Elija una carpeta con config.json, model.safetensors y tokenizer.json o vocab.txt.`,
    en: ({ folder, file }) =>
      `${folder} has no ${file}. Choose a folder with config.json, model.safetensors and tokenizer.json or vocab.txt.`,
  },
  baseInOtherFormat: {
    es: ({ folder, found }) =>
      `En ${folder} los pesos están solo como ${found}, y Etiqueta lee únicamente model.safetensors. Abra el modelo en Python con transformers y guárdelo con save_pretrained, o consígalo de donde tenga model.safetensors.`,
    en: ({ folder, found }) =>
      `${folder} has its weights only as ${found}, and only model.safetensors is read. Open the model in Python with transformers and write it with save_pretrained, or get it from where it has model.safetensors.`,
  },
  shardedBase: {
    es: ({ folder, found }) =>
      `En ${folder} los pesos están repartidos en varios archivos (${found}). Abra el modelo en Python con transformers y guárdelo con save_pretrained(..., max_shard_size="100GB").`,
    en: ({ folder, found }) =>
      `${folder} has its weights in several files (${found}). Open the model in Python with transformers and write it with save_pretrained(..., max_shard_size="100GB").`,
  },
  tokenizerMismatch: {
    es: ({ folder, tokenizer, weights }) =>
      `En ${folder} el tokenizador tiene ${es(tokenizer)} fragmentos de palabra y los pesos ${es(weights)}: no corresponden entre sí. Copie todos los archivos del mismo modelo.`,
    en: ({ folder, tokenizer, weights }) =>
      `The tokenizer in ${folder} has ${en(tokenizer)} word pieces and the weights have ${en(weights)}: they do not belong together. Copy all files from the same model.`,
  },
  damagedBaseFile: {
    es: ({ path, expected, found }) =>
      `${path} está dañado o se modificó: su SHA-256 es ${found} y no ${expected}. Consiga el modelo otra vez.`,
    en: ({ path, expected, found }) =>
      `${path} is damaged or was changed: its SHA-256 is ${found} and not ${expected}. Get the model again.`,
  },
  unreadableBase: {
    es: ({ path, source }) =>
      `No se puede leer ${path} (${source}). Compruebe que tiene permiso para leerlo.`,
    en: ({ path, source }) => `Cannot read ${path} (${source}). Check that you may read it.`,
  },
  selfTestFailed: {
    es: ({ folder, difference, tolerance }) =>
      `El modelo de ${folder} se abrió, pero no superó la comprobación: sus vectores difieren de los de candle-transformers en ${es(difference)} de su tamaño (como máximo ${es(tolerance)}). No se añadió. Le agradecemos que nos lo comunique con el nombre del modelo.`,
    en: ({ folder, difference, tolerance }) =>
      `The model in ${folder} was opened, but its self-test failed: its vectors differ from candle-transformers' by ${en(difference)} of their size (at most ${en(tolerance)}). It was not added. Please report this with the model's name.`,
  },
  impossibleBaseName: {
    es: ({ name }) =>
      `«${name}» no puede ser el nombre de un modelo base. Elija uno que tenga letras o cifras.`,
    en: ({ name }) => `“${name}” cannot be the name of a model. Choose one with letters or digits.`,
  },
  baseNameTaken: {
    es: ({ name, folder }) =>
      `Ya hay un modelo base «${name}» en ${folder}. Elija otro nombre o elimine aquel.`,
    en: ({ name, folder }) =>
      `There is already a base model “${name}” in ${folder}. Choose another name, or remove that one.`,
  },
  unknownBase: {
    es: ({ name, available }) =>
      `No hay ningún modelo base «${name}». ${available.length ? `Hay: ${list(available, "es")}` : "No hay ninguno"}. Añada uno desde una carpeta, o tráigalo del Hub por el nombre que tiene allí, por ejemplo google-bert/bert-base-uncased.`,
    en: ({ name, available }) =>
      `There is no base model “${name}”. ${available.length ? `There is: ${list(available, "en")}` : "There is none"}. Add one from a folder, or get one from the Hub by its name there, such as google-bert/bert-base-uncased.`,
  },
  builtInBase: {
    es: ({ name }) => `El modelo base «${name}» viene con el programa y no se puede eliminar.`,
    en: ({ name }) => `The base model “${name}” comes with the program and cannot be removed.`,
  },
  unfinishedBase: {
    es: ({ name }) =>
      `El modelo base «${name}» se descargó solo en parte. Pídalo otra vez para continuar la descarga, o elimínelo.`,
    en: ({ name }) =>
      `The base model “${name}” was downloaded only in part. Get it again to go on where the download stopped, or remove it.`,
  },
  unreadableBaseLibrary: {
    es: ({ path, source }) =>
      `No se pueden leer los modelos base de ${path} (${source}). Compruebe que tiene permiso para leer esa carpeta.`,
    en: ({ path, source }) =>
      `Cannot read the base models in ${path} (${source}). Check that you may read this folder.`,
  },
  invalidHubName: {
    es: ({ hubName }) =>
      `«${hubName}» no es un nombre del Hub. Allí los nombres son como google-bert/bert-base-uncased.`,
    en: ({ hubName }) =>
      `“${hubName}” is not a name on the Hub. A name there looks like google-bert/bert-base-uncased.`,
  },
  invalidHubAddress: {
    es: ({ endpoint, message }) =>
      `«${endpoint}» no es la dirección de un Hub (${message}). Revise HF_ENDPOINT.`,
    en: ({ endpoint, message }) =>
      `“${endpoint}” is not the address of a Hub (${message}). Check HF_ENDPOINT.`,
  },
  noConnection: {
    es: ({ endpoint, message }) =>
      `No se puede conectar con ${endpoint} (${message}). Revise la red, o añada el modelo desde una carpeta.`,
    en: ({ endpoint, message }) =>
      `Cannot reach ${endpoint} (${message}). Check the network, or add the model from a folder.`,
  },
  notOnHub: {
    es: ({ hubName, endpoint }) =>
      `En ${endpoint} no hay ningún modelo público «${hubName}». Revise allí cómo se escribe.`,
    en: ({ hubName, endpoint }) =>
      `${endpoint} has no public model “${hubName}”. Check its spelling there.`,
  },
  hubNotPermitted: {
    es: ({ hubName, endpoint, message }) =>
      `${endpoint} no permite descargar «${hubName}» (${message}). Acepte allí sus condiciones y use una clave de acceso de su cuenta.`,
    en: ({ hubName, endpoint, message }) =>
      `${endpoint} does not permit to download “${hubName}” (${message}). Accept its conditions there, and use an access token of your account.`,
  },
  tooManyHubRequests: {
    es: ({ endpoint }) =>
      `${endpoint} recibe demasiadas peticiones desde aquí. Inténtelo otra vez dentro de unos minutos.`,
    en: ({ endpoint }) =>
      `${endpoint} gets too many requests from here. Try again in some minutes.`,
  },
  unexpectedHubAnswer: {
    es: ({ hubName, endpoint, message }) =>
      `${endpoint} respondió algo inesperado sobre «${hubName}» (${message}). Inténtelo más tarde.`,
    en: ({ hubName, endpoint, message }) =>
      `${endpoint} answered unexpectedly about “${hubName}” (${message}). Try again later.`,
  },
  hubModelNotBert: {
    es: ({ hubName, found }) =>
      `«${hubName}» es un modelo de tipo «${found}», y solo se pueden ajustar los de tipo «bert». Elija un BERT.`,
    en: ({ hubName, found }) =>
      `“${hubName}” is a model of type “${found}”, and only “bert” can be fine-tuned. Choose a BERT.`,
  },
  missingHubFile: {
    es: ({ hubName, file }) =>
      `A «${hubName}» le falta ${file} en el Hub, así que no se puede usar. Elija otro modelo.`,
    en: ({ hubName, file }) =>
      `“${hubName}” has no ${file} on the Hub, so it cannot be used. Choose another model.`,
  },
  hubWithoutSafetensors: {
    es: ({ hubName, found }) =>
      `«${hubName}» no tiene model.safetensors en el Hub, solo ${found}. Ábralo en Python con transformers, guárdelo con save_pretrained y añada esa carpeta; o busque una copia con model.safetensors.`,
    en: ({ hubName, found }) =>
      `“${hubName}” has no model.safetensors on the Hub, only ${found}. Open it in Python with transformers, write it with save_pretrained, and add that folder; or look for a copy with model.safetensors.`,
  },
  downloadInterrupted: {
    es: ({ file, bytes: there, totalBytes, message }) =>
      `La descarga de ${file} se interrumpió tras ${bytes(there, "es")}${totalBytes ? ` de ${bytes(totalBytes, "es")}` : ""} (${message}). ${KEPT_ES}`,
    en: ({ file, bytes: there, totalBytes, message }) =>
      `The download of ${file} broke off after ${bytes(there, "en")}${totalBytes ? ` of ${bytes(totalBytes, "en")}` : ""} (${message}). ${KEPT_EN}`,
  },
  hubSilent: {
    es: ({ endpoint, seconds }) =>
      `No llegó nada de ${endpoint} durante ${es(seconds)} segundos. ${KEPT_ES}`,
    en: ({ endpoint, seconds }) =>
      `Nothing came from ${endpoint} for ${en(seconds)} seconds. ${KEPT_EN}`,
  },
  damagedDownload: {
    es: ({ hubName, file }) =>
      `${file} de «${hubName}» llegó dañado: su suma SHA-256 no es la que indica el Hub. Se eliminó: pida el modelo otra vez.`,
    en: ({ hubName, file, expected, found }) =>
      `${file} of “${hubName}” arrived damaged: its SHA-256 is ${found} and not ${expected}. It was deleted: get the model again.`,
  },
  wrongDownloadLength: {
    es: ({ hubName, file, expected }) =>
      `${file} de «${hubName}» no llegó con los ${es(expected)} bytes que indica el Hub. Se eliminó: pida el modelo otra vez.`,
    en: ({ hubName, file, expected }) =>
      `${file} of “${hubName}” arrived with another length than ${en(expected)} bytes. It was deleted: get the model again.`,
  },
  downloadAlreadyRunning: {
    es: ({ hubName, folder }) =>
      `«${hubName}» ya se está descargando en ${folder}. Espere a que esa descarga termine.`,
    en: ({ hubName, folder }) =>
      `“${hubName}” is being downloaded already into ${folder}. Wait for that download to end.`,
  },
  downloadStopped: {
    es: () => `La descarga se detuvo. ${KEPT_ES}`,
    en: () => `The download was stopped. ${KEPT_EN}`,
  },
  unreadableDownload: {
    es: ({ path, source }) => `No se puede leer ${path} (${source}). ${KEPT_ES}`,
    en: ({ path, source }) => `Cannot read ${path} (${source}). ${KEPT_EN}`,
  },
};
