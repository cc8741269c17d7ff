import { month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, PointFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type {
  CarriedVolume,
  HouseFacts,
  PremisesFacts,
  PremisesPayer,
} from "../../normalizer/model/house-facts.ts";
import type { AccountId, PremisesId } from "../../normalizer/model/ids.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { parseScaled } from "../../normalizer/model/units.ts";
import {
  account,
  dated,
  kwh,
  lawOf,
  meter,
  ORIGIN,
  reading,
  site,
  tariffs,
} from "../households/testing.ts";

// Houses for tests, short to write: one month, March 2021, areas in m² as texts.

export const PERIOD = "2021-03";
const BEFORE = "2021-02-28";
const LAST = "2021-03-31";

export function metres(text: string): number {
  const value = parseScaled(text, 4);
  invariant(value !== null, `no area: ${text}`);
  return value;
}

/** A point whose meter counts `energy` in March; null = not read. */
export function metered(point: number, energy: string | null): PointFacts {
  const last = energy === null ? [] : [reading(LAST, [energy])];
  return { point, meters: [meter(`M${point}`, [reading(BEFORE, ["0"]), ...last])] };
}

/** An account with a meter of its own, or with none. */
export function payer(
  number: number,
  energy: string | null,
  more: Partial<AccountFacts> = {},
): AccountFacts {
  const points = energy === null ? [] : [metered(number, energy)];
  return account(number, { points, ...more });
}

export function premises(
  number: string,
  area: string,
  payers: readonly (readonly [number, PremisesPayer["part"]])[],
  more: Partial<PremisesFacts> = {},
): PremisesFacts {
  return {
    premises: 1 as PremisesId,
    number,
    use: "RESIDENTIAL",
    areaE4: [dated(metres(area))],
    payers: payers.map(([id, part]) => ({ account: id as AccountId, part })),
    points: [],
    sections: [],
    history: [],
    missedPeriods: 0,
    contract: null,
    ...more,
  };
}

export const WHOLE: PremisesPayer["part"] = { kind: "WHOLE" };

export function room(livingArea: string, section: string | null = null): PremisesPayer["part"] {
  return { kind: "ROOM", livingAreaE4: metres(livingArea), section };
}

export function share(weight: number, isPrimary = false): PremisesPayer["part"] {
  return { kind: "SHARE", weight, isPrimary };
}

export function contract(number: string, area: string, energy: string | null): PremisesFacts {
  const volume = energy === null ? null : kwh(energy);
  return premises(number, area, [], {
    use: "NON_RESIDENTIAL",
    contract: { account: 900 as AccountId, volume },
  });
}

/** A negative ОДН of one month; kWh, "0" = none. */
export function carried(energy: string, of = "2021-02"): readonly CarriedVolume[] {
  const left = kwh(energy);
  return left === 0 ? [] : [{ month: month(of), volume: left }];
}

/** ОДПУ of March; null = the house has none. */
export function houseOf(
  total: string,
  common: string,
  odpu: string | null,
  more: Partial<HouseFacts> = {},
): HouseFacts {
  return {
    management: [dated("DIRECT")],
    totalAreaE4: [dated(metres(total))],
    commonAreaE4: [dated(metres(common))],
    odnNorm: [dated("ODN")],
    category: "URBAN_GAS",
    points: odpu === null ? [] : [metered(999, odpu)],
    history: [],
    missedPeriods: 0,
    carried: [],
    ...more,
  };
}

interface HouseText {
  readonly accounts: readonly AccountFacts[];
  readonly premises: readonly PremisesFacts[];
  readonly house: HouseFacts | null;
  /** T0, or by zone. */
  readonly price?: string | Parameters<typeof tariffs>[0][number][1];
  /** kWh per m² of common property. */
  readonly norm?: string;
  /** kWh per person, by persons. */
  readonly perPerson?: readonly string[];
  readonly switches?: SiteFacts["switches"];
}

export function mkd(of: HouseText): SiteFacts {
  const forever = { from: dated(0).from, to: null, act: "норматив", origin: ORIGIN };
  const price = of.price ?? "5.73";
  const versions = tariffs([["2021-01-01", typeof price === "string" ? { T0: price } : price]]);
  const norms = { NORM: [{ ...forever, perPerson: (of.perPerson ?? []).map(kwh) }] };
  const odnNorms = { ODN: [{ ...forever, perUnit: kwh(of.norm ?? "2.5") }] };
  return site(PERIOD, of.accounts, versions, {
    siteKind: "MKD",
    premises: of.premises,
    house: of.house,
    law: { ...lawOf({ URBAN_GAS: versions }, norms), odnNorms },
    switches: of.switches ?? {},
  });
}
