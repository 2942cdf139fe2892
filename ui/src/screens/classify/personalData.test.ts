import { describe, expect, it } from "vitest";
import { personalKinds } from "./personalData";

describe("a text that gives a person away", () => {
  it.each([
    ["Paciente con DNI 12345678Z que acude", "identityNumber"],
    ["NIE X1234567L", "identityNumber"],
    ["NHC: 0043211, varón de 64 años", "recordNumber"],
    ["nº de historia clínica 884211", "recordNumber"],
    ["Fecha de nacimiento: 03/04/1951", "birthDate"],
    ["nacida el 3 de abril de 1951", "birthDate"],
    ["Teléfono 612 345 678", "phone"],
    ["escribir a ana.lopez@hospital.es", "email"],
  ])("is noticed: %s", (text, kind) => {
    expect(personalKinds(text)).toEqual([kind]);
  });
});

describe("published literature", () => {
  it.each([
    "BACKGROUND: 12345678 base pairs and NCT01234567 were registered; 612 patients, p < 0.001.",
    "We telephoned 120 patients aged 65-80 between 2005 and 2015.",
    "Reactivo 12345678A, lote 99887766B.",
    "La historia clínica de 200 pacientes se revisó entre 2010 y 2020.",
  ])("is left alone: %s", (text) => {
    expect(personalKinds(text)).toEqual([]);
  });
});
