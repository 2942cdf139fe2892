import { describe, expect, it } from "vitest";
import { readAnyText, readPlainText, readRecord } from "./bibliographicRecord";

const MEDLINE = `PMID- 31234567
OWN - NLM
STAT- MEDLINE
TI  - Effects of statins on
      cardiovascular outcomes.
PG  - 1-10
AB  - BACKGROUND: Statins lower cholesterol - often.
      METHODS: We followed
      200 patients.
AU  - Smith J
`;

const PUBMED_TEXT = `1. J Clin Oncol. 2020 Jan 1;38(1):1-10. doi: 10.1200/JCO.1.

A trial of something in
adults.

Smith J(1), Doe A(2).

Author information:
(1)Department of Nothing.

BACKGROUND: First sentence.
Second sentence.

RESULTS: Third sentence.

Copyright © 2020 Somebody.

DOI: 10.1200/JCO.1
PMID: 31999999 [Indexed for MEDLINE]`;

describe("a pasted record", () => {
  it("of MEDLINE gives title, abstract and identifier with their continued lines", () => {
    expect(readRecord(MEDLINE)?.document).toEqual({
      id: "31234567",
      title: "Effects of statins on cardiovascular outcomes.",
      abstractText: "BACKGROUND: Statins lower cholesterol - often. METHODS: We followed 200 patients.",
    });
  });

  it("of RIS is read by its own tags, with Windows line ends", () => {
    const text = "TY  - JOUR\r\nT1  - A title\r\nN2  - An abstract\r\nER  - \r\n";
    expect(readRecord(text)?.document).toEqual({
      id: null,
      title: "A title",
      abstractText: "An abstract",
    });
  });

  it("of PubMed's text format leaves out citation, authors and copyright", () => {
    expect(readRecord(PUBMED_TEXT)?.document).toEqual({
      id: "31999999",
      title: "A trial of something in adults.",
      abstractText: "BACKGROUND: First sentence. Second sentence. RESULTS: Third sentence.",
    });
  });

  it("without an abstract still gives its title", () => {
    expect(readRecord("PMID- 1\nTI  - Only a title\n")?.document.abstractText).toBe("");
  });

  it("that holds several articles gives the first and says how many there are", () => {
    const read = readRecord(`${MEDLINE}\nPMID- 2\nTI  - Another\nAB  - Other text\n`);
    expect(read?.records).toBe(2);
    expect(read?.document.title).toBe("Effects of statins on cardiovascular outcomes.");
  });
});

describe("a text that is no record", () => {
  it("is not taken for one because a line has a dash in it", () => {
    expect(readRecord("BACKGROUND - We studied mice.\nMETHODS: none.")).toBeNull();
    expect(readRecord("AB - blood group AB and others\nwere compared.")).toBeNull();
  });

  it("has its short first line as title", () => {
    expect(readPlainText("A title\n\nThe text\ngoes on.")).toEqual({
      id: null,
      title: "A title",
      abstractText: "The text goes on.",
    });
  });

  it("of one long paragraph is all abstract", () => {
    expect(readPlainText("word ".repeat(200)).title).toBe("");
    expect(readAnyText("one line only").document.abstractText).toBe("one line only");
  });
});
