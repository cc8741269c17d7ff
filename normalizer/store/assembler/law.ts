import type { Day, DayRange, Month } from "../../model/dates.ts";
import { endDay } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type {
  BusinessLaw,
  Dated,
  HouseholdLaw,
  NormVersion,
  OneRateVersion,
  Switches,
  SwitchVersion,
  TariffVersion,
  UnitNormVersion,
} from "../../model/facts.ts";
import type { AccountId, OrganisationId, Origin, Seq, SiteId } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import type { Zone } from "../../model/lines.ts";
import { ZONES } from "../../model/lines.ts";
import type { PenaltyLaw } from "../../model/penalty-law.ts";
import { invariant } from "../../model/result.ts";
import type { Price, Volume } from "../../model/units.ts";
import { PRICE_SCALE, parseScaled, price, VOLUME_SCALE, volume } from "../../model/units.ts";
import type { Queryable } from "../database.ts";
import type { FactVersion } from "../facts.ts";
import { readFacts } from "../facts.ts";
import { readPenaltyLaw } from "./penalty-law.ts";

/** Dated law and switches of one organisation as known at one counter of common. */
export interface KnownLaw {
  readonly households: HouseholdLaw;
  readonly penalties: PenaltyLaw;
  readonly businesses: BusinessLaw;
  readonly switches: readonly SwitchVersion[];
}

/** Prices published per MWh have 2 decimals there, which are 5 per kWh. */
const PRICE_PER_MWH_SCALE = 2;

export async function readLaw(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq,
): Promise<KnownLaw> {
  const versions = async <Kind extends keyof FactBodies>(
    kind: Kind,
  ): Promise<readonly FactVersion<Kind>[]> => {
    const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind, knownAt });
    return facts.filter((fact) => fact.organisation === organisation);
  };
  return {
    households: {
      tariffs: bySubject(await versions("tariff"), tariffOf),
      norms: bySubject(await versions("norm"), normOf),
      odnNorms: bySubject(await versions("odn-norm"), unitNormOf),
      plotNorms: bySubject(await versions("plot-norm"), unitNormOf),
    },
    businesses: {
      oneRate: (await versions("one-rate")).map(oneRateOf),
      vat: (await versions("vat")).map(vatOf),
    },
    penalties: await readPenaltyLaw(queryable, organisation, knownAt),
    switches: await readSwitches(queryable, organisation, knownAt),
  };
}

/** Switches of one organisation as known at one counter of common. */
export async function readSwitches(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq | null,
): Promise<readonly SwitchVersion[]> {
  const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind: "switch", knownAt });
  return facts.filter((fact) => fact.organisation === organisation).map(switchOf);
}

/**
 * Switches in force on the last day of the period; the narrower scope wins. Sites with the same
 * ones share one object.
 */
export function switchesOf(
  versions: readonly SwitchVersion[],
  place: { readonly district: string; readonly site: SiteId },
  period: Month,
): Switches {
  let known = knownSwitches.get(versions);
  if (known === undefined) {
    known = { scopes: new Set(versions.map(({ scope }) => scope)), places: new Map() };
    knownSwitches.set(versions, known);
  }
  const district = `district:${place.district}`;
  const site = `site:${place.site}`;
  const scopes = [district, site].filter((scope) => known.scopes.has(scope));
  const key = `${period}/${scopes.join("/")}`;
  let switches = known.places.get(key);
  if (switches === undefined) {
    switches = switchesIn(versions, ["organisation", ...scopes], period);
    known.places.set(key, switches);
  }
  return switches;
}

const knownSwitches = new WeakMap<
  readonly SwitchVersion[],
  { readonly scopes: ReadonlySet<string>; readonly places: Map<string, Switches> }
>();

function switchesIn(
  versions: readonly SwitchVersion[],
  scopes: readonly string[],
  period: Month,
): Switches {
  const switches: Record<string, string> = {};
  for (const scope of scopes) {
    for (const version of versions) {
      if (version.scope === scope && covers(version, (endDay(period) - 1) as Day)) {
        switches[version.name] = version.value;
      }
    }
  }
  return switches;
}

/** Switches of the accounts that have some of their own, each beside those of its site. */
export function accountSwitches(
  versions: readonly SwitchVersion[],
  ofSite: Switches,
  period: Month,
): ReadonlyMap<AccountId, Switches> {
  const own = new Map<AccountId, Record<string, string>>();
  for (const version of versions) {
    if (!version.scope.startsWith(ACCOUNT_SCOPE)) continue;
    if (!covers(version, (endDay(period) - 1) as Day)) continue;
    const account = Number(version.scope.slice(ACCOUNT_SCOPE.length)) as AccountId;
    const switches = own.get(account) ?? { ...ofSite };
    switches[version.name] = version.value;
    own.set(account, switches);
  }
  return own;
}

const ACCOUNT_SCOPE = "account:";

function covers(range: DayRange, day: Day): boolean {
  return range.from <= day && (range.to === null || day < range.to);
}

function bySubject<Kind extends keyof FactBodies, Version>(
  facts: readonly FactVersion<Kind>[],
  versionOf: (fact: FactVersion<Kind>) => Version,
): Readonly<Record<string, readonly Version[]>> {
  const versions: Record<string, Version[]> = {};
  for (const fact of facts) {
    const same = versions[fact.subject];
    if (same === undefined) versions[fact.subject] = [versionOf(fact)];
    else same.push(versionOf(fact));
  }
  return versions;
}

function originOf(fact: FactVersion): Origin {
  return { message: fact.message, at: fact.at };
}

function tariffOf(fact: FactVersion<"tariff">): TariffVersion {
  const prices: Partial<Record<Zone, readonly Price[]>> = {};
  for (const zone of ZONES) {
    const texts = fact.body.prices[zone];
    if (texts !== undefined) prices[zone] = texts.map((text) => priceOf(text, PRICE_SCALE));
  }
  return {
    from: fact.from,
    to: fact.to,
    prices,
    limits: (fact.body.limits ?? []).map(volumeOf),
    act: fact.body.act,
    origin: originOf(fact),
  };
}

function normOf(fact: FactVersion<"norm">): NormVersion {
  return {
    from: fact.from,
    to: fact.to,
    perPerson: fact.body.perPerson.map(volumeOf),
    act: fact.body.act,
    origin: originOf(fact),
  };
}

function unitNormOf(fact: FactVersion<"odn-norm"> | FactVersion<"plot-norm">): UnitNormVersion {
  return {
    from: fact.from,
    to: fact.to,
    perUnit: volumeOf(fact.body.perUnit),
    act: fact.body.act,
    origin: originOf(fact),
  };
}

function oneRateOf(fact: FactVersion<"one-rate">): OneRateVersion {
  const { body } = fact;
  return {
    from: fact.from,
    to: fact.to,
    voltageLevel: body.voltageLevel,
    subgroup: body.subgroup,
    wholesale: priceOf(body.wholesale, PRICE_PER_MWH_SCALE),
    transmission: priceOf(body.transmission, PRICE_PER_MWH_SCALE),
    markup: priceOf(body.markup, PRICE_PER_MWH_SCALE),
    otherServices: priceOf(body.otherServices, PRICE_PER_MWH_SCALE),
    act: body.act,
    origin: originOf(fact),
  };
}

/** Percent; the law has whole rates, and a rate of the law file has at most 2 decimals. */
function vatOf(fact: FactVersion<"vat">): Dated<number> {
  const value = Number(fact.body.rate);
  invariant(Number.isFinite(value), `VAT rate ${fact.body.rate}`);
  return { from: fact.from, to: fact.to, value, origin: originOf(fact) };
}

function switchOf(fact: FactVersion<"switch">): SwitchVersion {
  const slash = fact.subject.lastIndexOf("/");
  return {
    from: fact.from,
    to: fact.to,
    scope: fact.subject.slice(0, slash),
    name: fact.subject.slice(slash + 1),
    value: fact.body.value,
  };
}

function priceOf(text: string, scale: number): Price {
  const value = parseScaled(text, scale);
  invariant(value !== null, `price ${text} in the law`);
  return price(value);
}

function volumeOf(text: string): Volume {
  const value = parseScaled(text, VOLUME_SCALE);
  invariant(value !== null, `volume ${text} in the law`);
  return volume(value);
}
