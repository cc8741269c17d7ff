import type { Problem } from "../../normalizer/model/problems.ts";

/** A field whose form the standard fixes; the others may hold any text. */
export interface CodeField {
  readonly alias: string;
  readonly max: number;
  /** Null = a text of 1 to `max` characters. */
  readonly form: RegExp | null;
}

/**
 * Required block in its order (ГОСТ Р 56042-2014, table 4), then what the format of payment orders
 * (УФЭБС) limits.
 */
export const FIELDS: readonly CodeField[] = [
  { alias: "Name", max: 160, form: null },
  { alias: "PersonalAcc", max: 20, form: /^\d{20}$/ },
  { alias: "BankName", max: 45, form: null },
  { alias: "BIC", max: 9, form: /^\d{9}$/ },
  { alias: "CorrespAcc", max: 20, form: /^\d{1,20}$/ },
  { alias: "Sum", max: 18, form: /^\d{1,18}$/ },
  { alias: "Purpose", max: 210, form: null },
  { alias: "PayeeINN", max: 12, form: null },
  { alias: "PayerINN", max: 12, form: null },
  { alias: "DrawerStatus", max: 2, form: null },
  { alias: "KPP", max: 9, form: null },
  { alias: "CBC", max: 20, form: null },
  { alias: "OKTMO", max: 11, form: null },
  { alias: "PaytReason", max: 2, form: null },
  { alias: "TaxPeriod", max: 10, form: null },
  { alias: "DocNo", max: 15, form: null },
  { alias: "DocDate", max: 10, form: null },
  { alias: "TaxPaytKind", max: 2, form: null },
];
export const REQUIRED = ["Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"] as const;

/** R3 of money files: 1 000 000 000.00 ₽. */
const AMOUNT_MAX_KOPECKS = 100_000_000_000;

/** What is wrong with the value of one alias; undefined = the code does not have it. */
export function formProblem(alias: string, value: string | undefined): Problem | null {
  const field = FIELDS.find((item) => item.alias === alias);
  if (field === undefined) return null;
  if (alias === "Sum") return value === undefined ? null : sumProblem(value);
  if (value !== undefined && [...value].length > field.max) {
    const values = { name: alias, allowed: String(field.max) };
    return { code: "TOO_LONG", at: alias, values };
  }
  if (REQUIRED.every((name) => name !== alias)) return null;
  // Digits of another number or form are not the requisite that must be there.
  if (value === undefined || value === "" || field.form?.test(value) === false) {
    return { code: "MISSING_REQUIRED", at: alias, values: { name: alias } };
  }
  return null;
}

function sumProblem(given: string): Problem | null {
  if (!/^\d{1,18}$/.test(given)) return { code: "BAD_AMOUNT", at: "Sum", values: { given } };
  if (Number(given) <= AMOUNT_MAX_KOPECKS) return null;
  const values = { given, allowed: String(AMOUNT_MAX_KOPECKS) };
  return { code: "AMOUNT_TOO_LARGE", at: "Sum", values };
}
