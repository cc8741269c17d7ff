import { enterFacts } from "../../../gateway/intake/desk.ts";
import type { Day } from "../../../normalizer/model/dates.ts";
import {
  addDays,
  addMonths,
  endDay,
  firstDay,
  formatDay,
} from "../../../normalizer/model/dates.ts";
import type { OrganisationId, Shard, SiteId } from "../../../normalizer/model/ids.ts";
import type { FactEntry } from "../../../normalizer/model/records.ts";
import { formatScaled, VOLUME_SCALE } from "../../../normalizer/model/units.ts";
import type { Destination } from "../../head-end/sender.ts";
import type { Household } from "../../supplier/households.ts";
import { household, knownStates, MONTHS_BEFORE, periodState } from "../../supplier/households.ts";
import type { SentReading } from "../../supplier/month-readings.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { FLATS_PER_BUILDING, householdIds } from "../../supplier/plan.ts";
import type { Stage } from "./month.ts";
import { sendReadings } from "./month.ts";
import { mustBe } from "./proof.ts";

/** Second МКД of the first block: all of its accounts can be billed, so nobody holds its common lines. */
const HOUSEHOLDS = Array.from(
  { length: FLATS_PER_BUILDING },
  (_, place) => FLATS_PER_BUILDING + place,
);
const SECTION = "А";
/** The last room has no section. */
const ROOMS_IN_SECTION = 2;
export const CIRCUMSTANCES = { benefit: 36, tamper: 43, absence: 57 } as const;
/** A room in the section: own meter, section, flat and house. */
export const EXPLAINED_ROOM = 65;

const KWH = 10_000;
/** What somebody without a meter really takes a month; it is billed by norm. */
const UNMETERED = 130 * KWH;
/** What the kitchen and the corridor take above the rooms. */
const ABOVE_ROOMS = 60 * KWH;
const ABOVE_SECTION = 18 * KWH;
/** The ОДПУ counts more than the premises, but in the month to be billed less: their meters were read earlier. */
const HOUSE_PERCENT = { usual: 105, billed: 90 } as const;
const HOUSE_RATIO = 20;
/** Day of the month on which the controller reads the flat's meters; the ОДПУ is read on the last day. */
const FLAT_READ_DAY = 25;

/** The house where it stands. */
export function housePlace(plan: SupplierPlan): { readonly shard: Shard; readonly site: SiteId } {
  const { shard, site } = householdIds(plan, FLATS_PER_BUILDING);
  return { shard, site: site as SiteId };
}

/** A meter of nobody's own, and what it counts from month to month. */
interface CommonMeter {
  readonly serial: string;
  readonly values: Readonly<Record<string, string>>;
  readonly decimals: number;
  readonly ratio: number;
  readonly readOn: (offset: number) => Day;
  /** 10⁻⁴ of the display. */
  readonly start: number;
  /** 10⁻⁴ kWh, the month to be billed last. */
  readonly volumes: readonly number[];
}

/**
 * The clerk enters a МКД with a communal flat, a section and separate accounts, a benefit, an absence and an act on a
 * tampered meter; the controller reads the common meters. The ОДПУ counts less than the premises: the negative ОДН is
 * carried to the next month.
 */
export async function playHouse(stage: Stage, controllers: Destination): Promise<void> {
  const { plan, database, hub, say } = stage;
  const { shard, site } = housePlace(plan);
  const households = HOUSEHOLDS.map((index) => household(plan, index));
  const meters = commonMeters(plan, households);
  const { message, problems } = await enterFacts(database, {
    organisation: plan.organisation as OrganisationId,
    facts: [
      ...premisesFacts(plan, households),
      ...meters.map((meter) => meterFact(plan, meter)),
      ...circumstanceFacts(plan),
    ],
    author: "klerk",
    ground: "технический паспорт дома, акты и заявления",
    receivedAtMs: Date.now(),
  });
  mustBe("отказов при вводе дома", problems.length, 0);
  mustBe("фактов дома не проведено", Number(message.state !== "posted"), 0);
  const readings = meters.flatMap(readingsOf);
  await sendReadings(controllers, "obschie_pribory.csv", readings);
  await hub.settle();
  const [taken] = await database.query<{ count: number }>(
    `select count(*)::int as count from fact f
     join reading r on r.shard = f.shard and r.site = f.site and r.meter = f.subject::bigint
     where f.shard = $1 and f.site = $2 and f.kind = 'meter' and f.body ->> 'account' = '0'`,
    [shard, site],
  );
  mustBe("показаний общих приборов принято", taken?.count ?? 0, readings.length);
  say(
    `дом ${households[0]?.address}: ${households.length} счетов, коммунальная квартира с секцией, раздельные счета; ` +
      `показаний общих приборов ${readings.length}`,
  );
}

/** What is in force for ever, as of the day on which the accounts were opened. */
function standing(
  plan: SupplierPlan,
  kind: string,
  fact: Pick<FactEntry, "whose" | "values"> & { readonly name?: string },
): FactEntry {
  const from = formatDay(household(plan, FLATS_PER_BUILDING).openedOn);
  return { kind, action: "ADD", name: "", from, to: null, ...fact };
}

function premisesFacts(plan: SupplierPlan, households: readonly Household[]): FactEntry[] {
  const { site } = housePlace(plan);
  const facts: FactEntry[] = [];
  let totalE1 = 0;
  for (const who of households) {
    const { flat, number } = who;
    if (flat === null) continue;
    if (flat.ordinal === 1) {
      const areaE1 = areaOf(households, flat.number);
      totalE1 += areaE1;
      const values = { use: "RESIDENTIAL", areaM2: formatScaled(areaE1, 1) };
      facts.push(standing(plan, "premises", { whose: { site }, name: flat.number, values }));
    }
    const values = { premises: flat.number, part: flat.part, ...partOf(who) };
    facts.push(standing(plan, "occupancy", { whose: { account: number }, values }));
  }
  const values = {
    ...{ management: "DIRECT", odnNorm: "MKD", category: "URBAN_GAS" },
    ...{ totalAreaM2: formatScaled(totalE1, 1), commonAreaM2: "212.5" },
  };
  facts.push(standing(plan, "house", { whose: { site }, values }));
  return facts;
}

/** Decimetres of a flat: of its rooms together, but once of separate accounts. */
function areaOf(households: readonly Household[], number: string): number {
  const inFlat = households.filter(({ flat }) => flat?.number === number);
  const counted = inFlat.filter(({ flat }) => flat?.part === "ROOM" || flat?.ordinal === 1);
  return counted.reduce((sum, who) => sum + areaE1(who), 0);
}

function areaE1({ areaM2 }: Household): number {
  return Math.round(Number(areaM2) * 10);
}

/** Two thirds of a room's area are lived in; two owners of the shares have 2 : 1. */
function partOf(who: Household): Readonly<Record<string, string>> {
  const { part, ordinal } = who.flat ?? { part: "WHOLE", ordinal: 1 };
  if (part === "ROOM") {
    const livingAreaM2 = formatScaled(Math.floor((areaE1(who) * 2) / 3), 1);
    return { livingAreaM2, ...(ordinal <= ROOMS_IN_SECTION ? { section: SECTION } : {}) };
  }
  if (part === "SHARE")
    return { weight: String(3 - ordinal), primary: ordinal === 1 ? "да" : "нет" };
  return {};
}

function circumstanceFacts(plan: SupplierPlan): FactEntry[] {
  const first = firstDay(plan.period);
  const on = (days: number) => formatDay(addDays(first, days - 1));
  const whose = (of: keyof typeof CIRCUMSTANCES) => ({
    account: household(plan, CIRCUMSTANCES[of]).number,
  });
  const open = { action: "ADD", name: "", from: on(1), to: null } as const;
  const benefit = { beneficiaries: "1", standard: "50", percent: "50", family: "нет" };
  const tamper = { type: "TAMPER", previousCheck: on(5), detected: on(15), eliminated: on(16) };
  return [
    { ...open, kind: "benefit", whose: whose("benefit"), name: "ВЕТЕРАН ТРУДА", values: benefit },
    {
      ...{ ...open, kind: "switch", whose: whose("benefit"), name: "benefit.method" },
      values: { value: "IN_RECEIPT" },
    },
    {
      ...{ ...open, kind: "breach", whose: whose("tamper"), name: "А-7", from: null },
      values: tamper,
    },
    { ...open, kind: "meter-impossible", whose: whose("absence"), values: { act: "акт 3" } },
    {
      ...{ ...open, kind: "absence", whose: whose("absence"), name: "З-17" },
      ...{ from: on(9), to: on(24), values: { persons: "1" } },
    },
  ];
}

function commonMeters(plan: SupplierPlan, households: readonly Household[]): CommonMeter[] {
  const volumes = households.map((who, place) => volumesOf(plan, HOUSEHOLDS[place] ?? 0, who));
  const sumOf = (isIn: (who: Household) => boolean) =>
    Array.from({ length: MONTHS_BEFORE }, (_, month) =>
      households.reduce(
        (sum, who, place) => sum + (isIn(who) ? (volumes[place]?.[month] ?? 0) : 0),
        0,
      ),
    );
  const isRoom = ({ flat }: Household) => flat?.part === "ROOM";
  const isInSection = (who: Household) =>
    isRoom(who) && (who.flat?.ordinal ?? 0) <= ROOMS_IN_SECTION;
  const premises = households.find(isRoom)?.flat?.number ?? "";
  const display = HOUSE_RATIO * KWH;
  const house = sumOf(() => true).map((volume, month, all) => {
    const percent = month === all.length - 1 ? HOUSE_PERCENT.billed : HOUSE_PERCENT.usual;
    const whole = ((volume + ABOVE_ROOMS) * percent) / 100;
    return Math.floor(whole / display) * display;
  });
  const monthOf = (offset: number) => addMonths(plan.period, offset);
  const atEnd = (offset: number) => addDays(endDay(monthOf(offset)), -1);
  const inMonth = (offset: number) => addDays(firstDay(monthOf(offset)), FLAT_READ_DAY - 1);
  const ofFlat = { decimals: 2, ratio: 1, readOn: inMonth };
  const ofHouse = { decimals: 0, ratio: HOUSE_RATIO, readOn: atEnd };
  return [
    {
      ...{ ...ofHouse, serial: "9100000017", values: { common: "HOUSE" } },
      ...{ start: 4_210 * KWH, volumes: house },
    },
    {
      ...{ ...ofFlat, serial: "9100000025", values: { common: "FLAT", premises } },
      ...{ start: 10_500 * KWH, volumes: sumOf(isRoom).map((volume) => volume + ABOVE_ROOMS) },
    },
    {
      ...{ ...ofFlat, serial: "9100000033" },
      values: { common: "SECTION", premises, section: SECTION },
      ...{ start: 700 * KWH, volumes: sumOf(isInSection).map((volume) => volume + ABOVE_SECTION) },
    },
  ];
}

/** What a household takes in the months up to the billed one, 10⁻⁴ kWh; shared flats have one meter or the other. */
function volumesOf(plan: SupplierPlan, index: number, who: Household): readonly number[] {
  const last = periodState(plan, index, who);
  if (last === null) {
    const isOther = who.flat?.part === "SHARE";
    return Array.from({ length: MONTHS_BEFORE }, () => (isOther ? 0 : UNMETERED));
  }
  const states = [...knownStates(plan, index, who), last].slice(-MONTHS_BEFORE - 1);
  const totals = states.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  return totals.slice(1).map((total, month) => total - (totals[month] ?? 0));
}

function meterFact(
  plan: SupplierPlan,
  { serial, values, decimals, ratio }: CommonMeter,
): FactEntry {
  const { site } = housePlace(plan);
  const display = { zones: "T0", digits: "6", decimals: String(decimals), ratio: String(ratio) };
  return standing(plan, "meter", {
    whose: { site, meter: serial },
    values: { ...values, ...display },
  });
}

function readingsOf({ serial, ratio, readOn, start, volumes }: CommonMeter): SentReading[] {
  let state = start;
  return [0, ...volumes].map((volume, place) => {
    state += volume / ratio;
    return {
      ...{ accountNumber: "", serial, source: "CONTROLLER" },
      readOn: readOn(place - volumes.length),
      values: [{ zone: "T0", text: formatScaled(state, VOLUME_SCALE) }],
    };
  });
}
