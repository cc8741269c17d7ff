import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Static, TSchema } from "typebox";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Document } from "yaml";
import { isMap, isNode, isSeq, parseDocument } from "yaml";
import type { DayRange } from "../normalizer/model/dates.ts";
import { day, formatDay, parseDay } from "../normalizer/model/dates.ts";
import type { FactBodies } from "../normalizer/model/fact-bodies.ts";
import { ConfigError } from "./load.ts";

/** Kinds of dated data that stand in config/law/. */
export type LawKind =
  | "tariff"
  | "norm"
  | "odn-norm"
  | "plot-norm"
  | "vat"
  | "one-rate"
  | "key-rate"
  | "calendar"
  | "due-day"
  | "penalty-steps"
  | "penalty-cap"
  | "penalty-pause";

/** One dated entry of a law file, as it becomes the body of a fact. */
export interface LawEntry extends DayRange {
  readonly kind: LawKind;
  readonly subject: string;
  /**
   * `act` ends with what has to be re-read in the official text before a real bill, where something
   * has.
   */
  readonly body: FactBodies[LawKind];
  /** Row of the file, from 1, in which the entry begins: the place that an explanation shows. */
  readonly at: number;
}

export interface LawFile {
  /** Name inside the law folder: "vat.yaml". */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly entries: readonly LawEntry[];
}

const Decimal = (decimalsMax: number) =>
  Type.String({ pattern: `^-?\\d+(\\.\\d{1,${decimalsMax}})?$` });
/** A norm of nothing is an absent one, and none is negative. */
const Quantity = Type.String({ pattern: "^(?!0+(\\.0+)?$)\\d+(\\.\\d{1,4})?$" });
const IsoDate = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" });
const Act = Type.String({ minLength: 1 });
const PricesOfZone = Type.Optional(Type.Array(Decimal(5), { minItems: 1, maxItems: 3 }));

function entryOf<Body extends Record<string, TSchema>>(kind: LawKind, body: Body) {
  return Type.Object(
    {
      kind: Type.Literal(kind),
      entries: Type.Array(
        Type.Object(
          {
            subject: Type.String({ minLength: 1 }),
            from: IsoDate,
            to: Type.Optional(IsoDate),
            unverified: Type.Optional(Type.String({ minLength: 1 })),
            act: Act,
            ...body,
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    },
    { additionalProperties: false },
  );
}

const VoltageLevel = Type.Union([
  Type.Literal("VN"),
  Type.Literal("SN1"),
  Type.Literal("SN2"),
  Type.Literal("NN"),
]);
const MarkupSubgroup = Type.Union([
  Type.Literal("LT_670"),
  Type.Literal("670_10000"),
  Type.Literal("GE_10000"),
]);

const FORMS = {
  tariff: entryOf("tariff", {
    prices: Type.Object(
      { T0: PricesOfZone, T1: PricesOfZone, T2: PricesOfZone, T3: PricesOfZone },
      { additionalProperties: false, minProperties: 1 },
    ),
    limits: Type.Optional(Type.Array(Decimal(4), { minItems: 1, maxItems: 2 })),
  }),
  norm: entryOf("norm", { perPerson: Type.Array(Decimal(4), { minItems: 1 }) }),
  "odn-norm": entryOf("odn-norm", { perUnit: Quantity }),
  "plot-norm": entryOf("plot-norm", { perUnit: Quantity, unit: Type.String({ minLength: 1 }) }),
  vat: entryOf("vat", { rate: Decimal(2) }),
  "one-rate": entryOf("one-rate", {
    voltageLevel: VoltageLevel,
    subgroup: MarkupSubgroup,
    wholesale: Decimal(2),
    transmission: Decimal(2),
    markup: Decimal(2),
    otherServices: Decimal(2),
  }),
  "key-rate": entryOf("key-rate", { rate: Decimal(2) }),
  calendar: entryOf("calendar", {
    daysOff: Type.Array(IsoDate),
    workingWeekends: Type.Array(IsoDate),
  }),
  "due-day": entryOf("due-day", { dayOfMonth: Type.Integer({ minimum: 1, maximum: 31 }) }),
  "penalty-steps": entryOf("penalty-steps", {
    steps: Type.Array(
      Type.Object(
        {
          fromDay: Type.Integer({ minimum: 1 }),
          divisor: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  }),
  "penalty-cap": entryOf("penalty-cap", {
    rate: Decimal(2),
    mode: Type.Union([Type.Literal("CAP"), Type.Literal("FIXED")]),
  }),
  "penalty-pause": entryOf("penalty-pause", { onlyDueBefore: Type.Optional(IsoDate) }),
} as const satisfies Record<LawKind, TSchema>;

const VALIDATORS = {
  tariff: Compile(FORMS.tariff),
  norm: Compile(FORMS.norm),
  "odn-norm": Compile(FORMS["odn-norm"]),
  "plot-norm": Compile(FORMS["plot-norm"]),
  vat: Compile(FORMS.vat),
  "one-rate": Compile(FORMS["one-rate"]),
  "key-rate": Compile(FORMS["key-rate"]),
  calendar: Compile(FORMS.calendar),
  "due-day": Compile(FORMS["due-day"]),
  "penalty-steps": Compile(FORMS["penalty-steps"]),
  "penalty-cap": Compile(FORMS["penalty-cap"]),
  "penalty-pause": Compile(FORMS["penalty-pause"]),
};

type LawDocument = Static<(typeof FORMS)[LawKind]>;

/**
 * Reads every law file of a folder, in the order of names.
 *
 * @throws ConfigError with all problems of the first file that has any
 */
export async function readLawFolder(folder: string): Promise<readonly LawFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  return Promise.all(names.map(async (name) => parseLaw(await readFile(join(folder, name)), name)));
}

/**
 * Dated data of one file: form, dates that exist, and no two entries of one subject in force on one
 * day.
 *
 * @param bytes UTF-8 YAML: `kind` and `entries`, each with `subject`, `from`, `to` (first day no
 * longer in force) and
 *   `act`; the other fields are the body of the fact of that kind
 * @throws ConfigError
 */
export function parseLaw(bytes: Uint8Array, name: string): LawFile {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      name,
      document.errors.map((error) => error.message),
    );
  }
  const value: unknown = document.toJS();
  const kind = kindOf(value);
  if (kind === null) throw new ConfigError(name, [`/kind must be one of ${kinds().join(", ")}`]);
  const validator = VALIDATORS[kind];
  if (!validator.Check(value)) {
    throw new ConfigError(
      name,
      [...validator.Errors(value)].map((error) => `${error.instancePath || "/"} ${error.message}`),
    );
  }
  const law = value as LawDocument;
  const problems = datesOf(law);
  if (problems.length > 0) throw new ConfigError(name, problems);
  const rows = entryRows(document, text);
  return {
    name,
    bytes,
    entries: law.entries.map((entry, index) => entryFrom(kind, entry, rows[index] ?? 0)),
  };
}

function kinds(): LawKind[] {
  return Object.keys(FORMS) as LawKind[];
}

function kindOf(value: unknown): LawKind | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  return kinds().find((kind) => kind === value.kind) ?? null;
}

function entryFrom(kind: LawKind, entry: LawDocument["entries"][number], at: number): LawEntry {
  const { subject, from, to, unverified, act, ...values } = entry;
  const body = {
    ...values,
    act: unverified === undefined ? act : `${act} [не сверено: ${unverified}]`,
  };
  return {
    kind,
    subject,
    from: day(from),
    to: to === undefined ? null : day(to),
    body: body as FactBodies[LawKind],
    at,
  };
}

function datesOf(law: LawDocument): string[] {
  const problems: string[] = [];
  const bySubject = new Map<
    string,
    { readonly from: number; readonly to: number; index: number }[]
  >();
  for (const [index, entry] of law.entries.entries()) {
    const path = `/entries/${index}`;
    const from = parseDay(entry.from);
    const to = entry.to === undefined ? Number.POSITIVE_INFINITY : parseDay(entry.to);
    if (from === null || to === null) {
      problems.push(`${path} has a date that does not exist`);
      continue;
    }
    if (to <= from) problems.push(`${path}/to must be after ${entry.from}`);
    const others = bySubject.get(entry.subject) ?? [];
    const clash = others.find((other) => from < other.to && other.from < to);
    if (clash !== undefined) {
      problems.push(
        `${path} «${entry.subject}» from ${formatDay(from)} overlaps /entries/${clash.index}`,
      );
    }
    others.push({ from, to, index });
    bySubject.set(entry.subject, others);
  }
  return problems;
}

function entryRows(document: Document.Parsed, text: string): number[] {
  const root = document.contents;
  const entries = isMap(root) ? root.get("entries", true) : null;
  if (!isSeq(entries)) return [];
  return entries.items.map((item) => {
    const before = text.slice(0, isNode(item) ? (item.range?.[0] ?? 0) : 0);
    return before.split("\n").length;
  });
}
