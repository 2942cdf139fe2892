/** A part of an article's text, as far as the model read it. */
export interface ReadPart {
  /** What was read. */
  read: string;
  /** What was not read. */
  unread: string;
}

/** Title and abstract, as far as the model read them. */
export interface Reading {
  title: ReadPart;
  abstractText: ReadPart;
}

/**
 * Parts title and abstract where the model stopped reading.
 *
 * `readUntil` counts Unicode scalar values of the text that the model is given: the title, a space,
 * the abstract, without space around them. Nothing means that everything was read.
 */
export function partReading(title: string, abstractText: string, readUntil: number | null): Reading {
  if (readUntil === null) {
    return { title: { read: title, unread: "" }, abstractText: { read: abstractText, unread: "" } };
  }
  const whole = `${title} ${abstractText}`;
  const leading = countScalars(whole) - countScalars(whole.trimStart());
  const end = readUntil + leading;
  return {
    title: cut(title, end),
    abstractText: cut(abstractText, end - countScalars(title) - 1),
  };
}

function cut(text: string, end: number): ReadPart {
  const scalars = Array.from(text);
  const at = Math.max(0, end);
  return { read: scalars.slice(0, at).join(""), unread: scalars.slice(at).join("") };
}

const countScalars = (text: string): number => Array.from(text).length;

/** How many words a text has. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== "").length;
}
