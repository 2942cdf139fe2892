/** Whether a text looks as if it were about a person who can be named. */

/** What such a text gives away. */
export type PersonalKind = "identityNumber" | "recordNumber" | "email" | "phone" | "birthDate";

/** Letters of the Spanish identity number, by its remainder of 23. */
const CHECK_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";
const IDENTITY_NUMBER = /\b([XYZ]?)(\d{7,8})[ -]?([A-Z])\b/g;

const PATTERNS: readonly (readonly [PersonalKind, RegExp])[] = [
  [
    "recordNumber",
    /\b(?:NHC|MRN|n(?:\.?[ºo°]|[úu]mero)?\.? ?(?:de )?historia(?: cl[ií]nica)?|historia cl[ií]nica|medical record(?: number| no\.?)?)[^\p{L}\d]{0,4}\d{4,}/iu,
  ],
  ["email", /[\w.+-]+@[\w-]+\.[\w.-]*[a-z]{2}/i],
  ["phone", /(?:tel(?:[eé]fono|ephone)?|tfno|m[oó]vil|phone|mobile)\.?[^\p{L}\d+]{0,4}\+?\d[\d .-]{7,}/iu],
  [
    "birthDate",
    /(?:fecha de nacimiento|f\. ?nac|nacid[oa] el|date of birth|\bDOB|born on)[^\p{L}\d]{0,4}\d{1,2}[/. -](?:\d{1,2}|(?:de )?\p{L}+)[/. -](?:de )?\d{2,4}/iu,
  ],
];

/** What a text gives away; nothing as a rule, for published literature names no patient. */
export function personalKinds(text: string): PersonalKind[] {
  const found = PATTERNS.filter(([, pattern]) => pattern.test(text)).map(([kind]) => kind);
  return hasIdentityNumber(text) ? ["identityNumber", ...found] : found;
}

/** Whether there is a Spanish identity number whose letter is right; others are codes of all kinds. */
function hasIdentityNumber(text: string): boolean {
  return [...text.matchAll(IDENTITY_NUMBER)].some(([, prefix = "", digits = "", letter]) => {
    const length = prefix.length + digits.length;
    if (length !== 8) return false;
    const number = Number(`${prefix === "" ? "" : "XYZ".indexOf(prefix)}${digits}`);
    return CHECK_LETTERS[number % 23] === letter;
  });
}
