import type { Document } from "../../lib/ipc/bindings/Document";

/** What a pasted or opened text holds. */
export interface ReadRecord {
  /** The article. */
  document: Document;
  /** How many records the text holds; only the first is taken. */
  records: number;
}

/** A field's tag: "TI  - Title" in MEDLINE (4 characters and "- ") and RIS (2, spaces, "- "). */
const TAGGED_LINE = /^([A-Z][A-Z0-9]{1,3}) *- ?(.*)$/;
const TITLE_TAGS = ["TI", "T1"];
const ABSTRACT_TAGS = ["AB", "N2"];
const IDENTIFIER_TAGS = ["PMID", "AN", "ID"];
/** Tags that a record begins with. */
const FIRST_TAGS = ["PMID", "TY"];
/** Paragraphs of PubMed's text format that are not the abstract. */
const NOT_ABSTRACT =
  /^(Author information:|Collaborators:|Comment (in|on)|Erratum in|Update (in|of)|DOI:|PMID:|PMCID:|©|Copyright|Conflict of interest|Publisher:|\[(Article in|Indexed for))/i;
/** A longer first line is taken for the text itself and not for a title. */
const LONGEST_TITLE = 400;

const joined = (lines: string[]): string => lines.join(" ").replace(/\s+/g, " ").trim();

/** The article of a MEDLINE, RIS or PubMed text record; nothing where the text is none. */
export function readRecord(text: string): ReadRecord | null {
  return readTagged(text) ?? readPubMedText(text);
}

/** A plain text as an article: a short first line or paragraph is the title. */
export function readPlainText(text: string): Document {
  const trimmed = text.replace(/\r\n?/g, "\n").trim();
  const end = trimmed.indexOf("\n");
  if (end < 0 || end > LONGEST_TITLE) return { id: null, title: "", abstractText: joined([trimmed]) };
  return {
    id: null,
    title: joined([trimmed.slice(0, end)]),
    abstractText: joined([trimmed.slice(end)]),
  };
}

/** The article of any text: of a record where it is one, or else of the plain text. */
export function readAnyText(text: string): ReadRecord {
  return readRecord(text) ?? { document: readPlainText(text), records: 1 };
}

function readTagged(text: string): ReadRecord | null {
  const fields = new Map<string, string>();
  let records = 0;
  let current: { tag: string; lines: string[] } | null = null;
  const close = () => {
    // The first of several fields is kept: it is the first record's, and RIS repeats some.
    if (current && !fields.has(current.tag)) fields.set(current.tag, joined(current.lines));
  };
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const tagged = TAGGED_LINE.exec(line);
    if (tagged?.[1] !== undefined) {
      close();
      current = { tag: tagged[1], lines: [tagged[2] ?? ""] };
      if (FIRST_TAGS.includes(tagged[1])) records += 1;
      if (tagged[1] === "ER") current = null;
    } else if (current && line.trim() !== "") {
      current.lines.push(line);
    }
  }
  close();
  const field = (tags: string[]) =>
    tags.map((tag) => fields.get(tag)).find((value) => value !== undefined && value !== "");
  const title = field(TITLE_TAGS) ?? "";
  const abstractText = field(ABSTRACT_TAGS) ?? "";
  // One tagged line alone may be any text; a record has a title or an abstract, and another field.
  if ((title === "" && abstractText === "") || fields.size < 2) return null;
  return {
    document: { id: field(IDENTIFIER_TAGS) ?? null, title, abstractText },
    records: Math.max(records, 1),
  };
}

/** PubMed's "Abstract (text)" format: citation, title, authors, abstract and identifiers. */
function readPubMedText(text: string): ReadRecord | null {
  const paragraphs = text
    .replace(/\r\n?/g, "\n")
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim());
  const last = paragraphs.findIndex((paragraph) => /^(DOI:.*\n(.*\n)*)?PMID: ?\d+/m.test(paragraph));
  if (last < 2 || !/^\d+\. .*\d{4}/s.test(paragraphs[0] ?? "")) return null;
  const id = /PMID: ?(\d+)/.exec(paragraphs[last] ?? "")?.[1] ?? null;
  const abstract = paragraphs.slice(3, last).filter((paragraph) => !NOT_ABSTRACT.test(paragraph));
  return {
    document: { id, title: joined([paragraphs[1] ?? ""]), abstractText: joined(abstract) },
    records: text.match(/^PMID: ?\d+/gm)?.length ?? 1,
  };
}
