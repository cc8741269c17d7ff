import type { Day, DayRange } from "../model/dates.ts";
import {
  addDays,
  addMonths,
  endDay,
  firstDay,
  formatDay,
  monthOf,
  parseDay,
  parseMonth,
} from "../model/dates.ts";
import type { FactBodies } from "../model/fact-bodies.ts";
import type { Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { ProblemCode } from "../model/problem-catalogue.ts";
import type { Problem } from "../model/problems.ts";
import type { FactEntryRecord } from "../model/records.ts";
import { parseScaled } from "../model/units.ts";
import type { EnteredKind, FactForm, FieldForm } from "./fact-forms.ts";
import { formOf, isEnteredKind } from "./fact-forms.ts";

/** Where something with a name stands. */
export interface EntryPlace {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly id: number;
  /** The message itself makes it. */
  readonly isNew: boolean;
}

/** Who has the names that the entries use; what nobody has is absent. */
export interface EntryContext {
  readonly accounts: ReadonlyMap<string, EntryPlace>;
  readonly meters: ReadonlyMap<string, EntryPlace>;
  /** Metering points by the serials of their meters. */
  readonly points: ReadonlyMap<string, number>;
  readonly sites: ReadonlyMap<number, EntryPlace>;
  /** By `premisesKey`. */
  readonly premises: ReadonlyMap<string, EntryPlace>;
}

/** What an entry changes in the store; of an END the validity says from which day on the fact is over. */
export interface EnteredFact extends DayRange {
  readonly action: FactEntryRecord["action"];
  readonly at: number;
  readonly kind: EnteredKind;
  readonly shard: Shard;
  readonly site: SiteId;
  readonly subject: string;
  readonly body: FactBodies[EnteredKind];
  /** Name that the entry makes, to be taken for ever. */
  readonly key: {
    readonly kind: "premises" | "meter";
    readonly key: string;
    readonly id: number;
  } | null;
  readonly needsApproval: boolean;
}

export type Entry =
  | { readonly ok: true; readonly fact: EnteredFact }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function premisesKey(site: number, number: string): string {
  return `${site}/${number}`;
}

/** One thing that a person entered, as a fact: names become ids, the law's days become a half-open validity. */
export function enteredFact(record: FactEntryRecord, context: EntryContext): Entry {
  const entry = new EntryReader(record, context);
  const fact = entry.read();
  return fact === null || entry.problems.length > 0
    ? { ok: false, problems: entry.problems }
    : { ok: true, fact };
}

/** Numbers of meters have any letters; the display has at most this many digits. */
const DIGITS_MAX = 9;
/** Acts reach back this far where nothing says when it began (п. 62, 81(11)). */
const BREACH_MONTHS = 3;

class EntryReader {
  readonly problems: Problem[] = [];
  readonly #record: FactEntryRecord;
  readonly #context: EntryContext;

  constructor(record: FactEntryRecord, context: EntryContext) {
    this.#record = record;
    this.#context = context;
  }

  read(): EnteredFact | null {
    const { kind, action, at, name } = this.#record;
    if (!isEnteredKind(kind)) {
      this.#problem("SCHEMA_INVALID", "fact", { reason: `вида «${kind}» нет` });
      return null;
    }
    const form = formOf(kind);
    if (form.name !== null && name === "") this.#missing("name", form.name);
    if (form.name === null && name !== "") this.#unknown("name");
    const values = action === "END" ? {} : this.#values(form);
    const where = this.#place(kind, form, values);
    if (where === null) return null;
    const body = action === "END" ? {} : this.#body(kind, where, values);
    const days = this.#days(form.days, values);
    if (days === null) return null;
    return {
      action,
      at,
      kind,
      shard: where.shard,
      site: where.site,
      subject: where.subject,
      ...days,
      body: body as FactBodies[EnteredKind],
      key: where.key,
      needsApproval: form.fourEyes === true,
    };
  }

  #values(form: FactForm): Record<string, string | number | boolean | readonly string[]> {
    const values: Record<string, string | number | boolean | readonly string[]> = {};
    const given = this.#record.values;
    for (const name of Object.keys(given)) {
      if (form.fields[name] === undefined) this.#unknown(name);
    }
    for (const [name, field] of Object.entries(form.fields)) {
      const text = given[name]?.trim() ?? "";
      if (text === "") {
        if (field.optional !== true) this.#missing(name, name);
        continue;
      }
      const value = this.#value(name, field, text);
      if (value !== null) values[name] = value;
    }
    return values;
  }

  #value(name: string, field: FieldForm, text: string) {
    switch (field.type) {
      case "text":
        return text;
      case "count":
        if (/^\d{1,6}$/.test(text) && Number(text) >= field.min) return Number(text);
        return this.#bad("BAD_NUMBER", name, text);
      case "decimal":
        return this.#decimal(name, field, text.replace(",", "."));
      case "day":
        return parseDay(text) === null ? this.#bad("BAD_DATE", name, text) : text;
      case "flag":
        if (["да", "true", "нет", "false"].includes(text)) return text === "да" || text === "true";
        return this.#reason(name, `«${text}»: нужно да или нет`);
      case "word":
        if (field.words.includes(text)) return text;
        return this.#reason(name, `«${text}»: нужно одно из ${field.words.join(", ")}`);
      case "zones":
        if (/^(T0|T1,T2|T1,T3,T2)$/.test(text)) return text.split(",");
        return this.#reason(name, `«${text}»: нужно T0, T1,T2 или T1,T3,T2`);
    }
  }

  #decimal(name: string, field: Extract<FieldForm, { type: "decimal" }>, text: string) {
    const plain = new RegExp(`^-?\\d{1,9}(\\.\\d{1,${field.scale}})?$`).test(text);
    const value = plain ? parseScaled(text, field.scale) : null;
    if (value === null) return this.#bad("BAD_NUMBER", name, text);
    if (value < 0 && field.sign !== "NOT_ZERO") return this.#bad("NEGATIVE_VALUE", name, text);
    if (value === 0 && field.sign !== "FROM_ZERO") {
      return this.#reason(name, "ноль здесь ничего не значит: закончите факт командой end");
    }
    return text;
  }

  #place(
    kind: EnteredKind,
    form: FactForm,
    values: Readonly<Record<string, unknown>>,
  ): (EntryPlace & Pick<EnteredFact, "subject" | "key">) | null {
    const { name, whose } = this.#record;
    if (form.of === "SWITCH") return this.#switchPlace();
    if (form.of === "METER") return this.#meterPlace(kind, values);
    const place = this.#accountOrSite();
    if (place === null) return null;
    if (form.of === "SITE") return { ...place, subject: String(place.site), key: null };
    if (form.of === "PREMISES") {
      if (name === "") return null;
      const key = premisesKey(place.site, name);
      const known = this.#context.premises.get(key);
      if (known === undefined) {
        this.#unknownFact();
        return null;
      }
      const { id, isNew } = known;
      return { ...known, subject: String(id), key: isNew ? { kind: "premises", key, id } : null };
    }
    if (whose.account === undefined) {
      this.#missing("account", "лицевой счёт");
      return null;
    }
    return { ...place, subject: name === "" ? String(place.id) : `${place.id}/${name}`, key: null };
  }

  #accountOrSite(): EntryPlace | null {
    const { account, site } = this.#record.whose;
    if (account !== undefined) {
      const place = this.#context.accounts.get(account);
      if (place === undefined) this.#problem("UNKNOWN_ACCOUNT", "account", { account }, account);
      return place ?? null;
    }
    if (site === undefined) {
      this.#missing("account", "лицевой счёт или дом");
      return null;
    }
    const place = this.#context.sites.get(site);
    if (place === undefined) this.#reason("site", `дома ${site} нет`);
    return place ?? null;
  }

  #meterPlace(kind: EnteredKind, values: Readonly<Record<string, unknown>>) {
    const serial = this.#record.whose.meter ?? "";
    if (serial === "") {
      this.#missing("meter", "заводской номер прибора");
      return null;
    }
    const known = this.#context.meters.get(serial);
    if (known === undefined || (known.isNew && kind !== "meter")) {
      const isMade = kind === "meter" && this.#record.action === "ADD";
      // Nobody knows where it stands: then the account or the house is what is wrong.
      if (!isMade || this.#accountOrSite() !== null) {
        this.#problem("UNKNOWN_METER", "meter", { meter: serial }, serial);
      }
      return null;
    }
    if (kind === "meter" && values["common"] === undefined) {
      if (this.#record.whose.account === undefined && this.#record.action !== "END") {
        this.#missing("account", "лицевой счёт");
      }
    }
    const { id, isNew } = known;
    const key = isNew ? { kind: "meter" as const, key: serial, id } : null;
    return { ...known, subject: String(id), key };
  }

  #switchPlace() {
    const { whose, name } = this.#record;
    const isOfNobody = whose.account === undefined && whose.site === undefined;
    const place = isOfNobody ? null : this.#accountOrSite();
    if (!isOfNobody && place === null) return null;
    const scope =
      place === null
        ? "organisation"
        : whose.account === undefined
          ? `site:${place.site}`
          : `account:${place.id}`;
    const common = { shard: COMMON_SHARD, site: 0 as SiteId, id: 0, isNew: false };
    return { ...common, subject: `${scope}/${name}`, key: null };
  }

  #body(kind: EnteredKind, where: EntryPlace, values: Readonly<Record<string, unknown>>): object {
    if (kind === "premises") return this.#premisesBody(values);
    if (kind === "occupancy") return this.#occupancyBody(where, values);
    if (kind === "meter") return this.#meterBody(where, values);
    return values;
  }

  #premisesBody({ contract, ...values }: Readonly<Record<string, unknown>>): object {
    const body = { number: this.#record.name, ...values };
    if (contract === undefined) return body;
    const account = String(contract);
    const place = this.#context.accounts.get(account);
    if (place === undefined) this.#problem("UNKNOWN_ACCOUNT", "contract", { account }, account);
    return { ...body, contract: place?.id };
  }

  #occupancyBody(where: EntryPlace, values: Readonly<Record<string, unknown>>): object {
    if (values["part"] === "ROOM" && values["livingAreaM2"] === undefined) {
      this.#missing("livingAreaM2", "livingAreaM2");
    }
    if (values["part"] === "SHARE" && values["weight"] === undefined) {
      this.#missing("weight", "weight");
    }
    return { ...values, premises: this.#premisesOf(where, values["premises"]) };
  }

  /**
   * A meter of nobody's own is of the house, a flat or a section. A point is named by its first meter, and those that
   * are put in its place measure the same point.
   */
  #meterBody(where: EntryPlace, values: Readonly<Record<string, unknown>>): object {
    const { common, premises, section, replaces, ...rest } = values;
    if (Number(values["digits"]) > DIGITS_MAX) {
      this.#reason("digits", `не больше ${DIGITS_MAX} знаков`);
    }
    const serial = this.#record.whose.meter ?? "";
    const body = { point: this.#pointOf(where, serial, replaces), serial, ...rest };
    const { account } = this.#record.whose;
    if (common === undefined) {
      return { account: this.#context.accounts.get(account ?? "")?.id ?? 0, ...body };
    }
    const isOfHouse = common === "HOUSE";
    const ofSection = common === "SECTION" ? String(section ?? "") : "";
    if (common === "SECTION" && ofSection === "") this.#missing("section", "section");
    const id = isOfHouse ? 0 : this.#premisesOf(where, premises);
    return { account: 0, common: { of: common, premises: id, section: ofSection }, ...body };
  }

  #pointOf({ id, site }: EntryPlace, serial: string, replaces: unknown): number {
    const { points, meters } = this.#context;
    if (replaces === undefined) return points.get(serial) ?? id;
    const meter = String(replaces);
    const point = points.get(meter);
    if (point === undefined) this.#problem("UNKNOWN_METER", "replaces", { meter }, meter);
    else if (meters.get(meter)?.site !== site)
      this.#reason("replaces", `прибор ${meter} в другом доме`);
    return point ?? id;
  }

  #premisesOf({ site }: EntryPlace, number: unknown): number {
    if (number === undefined) {
      this.#missing("premises", "premises");
      return 0;
    }
    const known = this.#context.premises.get(premisesKey(site, String(number)));
    if (known === undefined) this.#reason("premises", `помещения ${String(number)} в доме нет`);
    return known?.id ?? 0;
  }

  #days(form: FactForm["days"], values: Readonly<Record<string, unknown>>): DayRange | null {
    if (this.#record.action === "END") return this.#endDays(form);
    if (form === "MONTH") return this.#monthDays();
    if (form === "BREACH") return breachDays(values);
    if (form === "ON") return monthOn(values);
    const from = this.#day("from", this.#record.from);
    const last = this.#record.to === null ? null : this.#day("to", this.#record.to);
    if (from === null) return null;
    if (form === "LEFT_RETURNED") {
      if (this.#record.to === null) this.#missing("to", "день возвращения");
      return this.#range(from, last);
    }
    if (form === "ACT") {
      return this.#range(addDays(from, 1), last === null ? null : addDays(last, 1));
    }
    return this.#range(from, last === null ? null : addDays(last, 1));
  }

  /** The last day on which it still is; without one the fact is taken back whole. */
  #endDays(form: FactForm["days"]): DayRange | null {
    const { to } = this.#record;
    if (to === null)
      return { from: firstDay(parseMonth("1900-01") ?? monthOf(0 as Day)), to: null };
    const last = this.#day("to", to);
    if (last === null) return null;
    return { from: form === "LEFT_RETURNED" ? last : addDays(last, 1), to: null };
  }

  #monthDays(): DayRange | null {
    const month = parseMonth(this.#record.from ?? "");
    if (month === null) {
      this.#bad("BAD_DATE", "from", this.#record.from ?? "");
      return null;
    }
    return { from: firstDay(month), to: endDay(month) };
  }

  #day(at: "from" | "to", text: string | null): Day | null {
    if (text === null || text === "") {
      this.#missing(at, at === "from" ? "первый день" : "последний день");
      return null;
    }
    const day = parseDay(text);
    if (day === null) this.#bad("BAD_DATE", at, text);
    return day;
  }

  #range(from: Day, to: Day | null): DayRange {
    if (to !== null && to <= from) {
      this.#reason("to", `последний день раньше первого (${formatDay(from)})`);
    }
    return { from, to };
  }

  #unknownFact(): void {
    const document = `${this.#record.kind} ${this.#record.name}`.trim();
    this.#problem("UNKNOWN_DOCUMENT", "name", { document }, document);
  }

  #missing(at: string, name: string): void {
    this.#problem("MISSING_REQUIRED", at, { name });
  }

  #unknown(name: string): void {
    this.#reason(name, "такого поля у этого вида нет");
  }

  #reason(at: string, reason: string): null {
    this.#problem("SCHEMA_INVALID", at, { reason });
    return null;
  }

  #bad(code: ProblemCode, at: string, given: string): null {
    this.#problem(code, at, { given });
    return null;
  }

  #problem(
    code: ProblemCode,
    at: string,
    values: Readonly<Record<string, string>>,
    object = this.#record.whose.account ?? this.#record.whose.meter,
  ): void {
    const place = `/facts/${this.#record.at - 1}/${at}`;
    this.problems.push({
      code,
      at: place,
      values,
      ...(object === undefined ? {} : { object }),
    });
  }
}

/** The month of the document's day. */
function monthOn({ on }: Readonly<Record<string, unknown>>): DayRange | null {
  const day = typeof on === "string" ? parseDay(on) : null;
  return day === null ? null : { from: firstDay(monthOf(day)), to: endDay(monthOf(day)) };
}

/** From the day it may have begun to the day after it was eliminated. */
function breachDays(values: Readonly<Record<string, unknown>>): DayRange | null {
  const dayOf = (name: string) => {
    const text = values[name];
    return typeof text === "string" ? parseDay(text) : null;
  };
  const detected = dayOf("detected");
  const eliminated = dayOf("eliminated");
  if (detected === null || eliminated === null) return null;
  const from = dayOf("connected") ?? firstDay(addMonths(monthOf(detected), -BREACH_MONTHS));
  return { from, to: addDays(eliminated, 1) };
}
