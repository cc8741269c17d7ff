import type { Zone } from "../../../normalizer/model/lines.ts";
import { between, draw } from "../../random.ts";
import { CATEGORY_WITHOUT_TARIFF } from "./law.ts";
import type { Dwelling, PopulationPlan, SitePlan } from "./plan.ts";

/** What happens at one account or flat in the month to be billed, and in the months before. */
export type Story =
  /** Read every month. */
  | "READ"
  /** Not read in the month before, read now. */
  | "CAUGHT_UP"
  /** Meter replaced on the 12th of the month, by one with two zones. */
  | "REPLACED"
  /** No reading this month: billed by average. */
  | "MISSED"
  | "MISSED_TWICE"
  /** No reading for half a year: the average is used up, billed by norm. */
  | "SILENT"
  | "NO_METER"
  /** No meter, and the supplier is late with one. */
  | "DELAYED"
  /** Two refusals of access, by act. */
  | "REFUSED"
  | "FIXED"
  | "STOPPED"
  | "ABSENT"
  /** House without a meter, with outbuildings. */
  | "PLOT"
  | "MANUAL"
  | "BAD_NO_NORM"
  | "BAD_NO_TARIFF"
  | "BAD_NO_ZONE_PRICE"
  /** The register shows less than a month ago, and nobody has held the reading. */
  | "BAD_REGISTER";

export interface AccountPlan {
  readonly index: number;
  readonly story: Story;
  readonly category: string;
  readonly norm: string | null;
  readonly residents: number;
  readonly rooms: number;
  /** 10⁻¹ m². */
  readonly areaE1: number;
  /** Of the account's own meter; empty without one. */
  readonly zones: readonly Zone[];
  /** Usual kWh a month. */
  readonly usualKwh: number;
  /** Day of the month on which the meter is read. */
  readonly readDay: number;
  readonly hasBenefit: boolean;
}

/** Stories and how many of 100 000 accounts have them; READ has the rest. */
const SHARES: readonly (readonly [Story, number])[] = [
  ["BAD_NO_NORM", 40],
  ["BAD_NO_TARIFF", 20],
  ["BAD_NO_ZONE_PRICE", 20],
  ["BAD_REGISTER", 20],
  ["FIXED", 500],
  ["STOPPED", 300],
  ["ABSENT", 500],
  ["PLOT", 400],
  ["MANUAL", 300],
  ["REFUSED", 300],
  ["DELAYED", 500],
  ["NO_METER", 3_200],
  ["SILENT", 2_000],
  ["MISSED", 9_000],
  ["MISSED_TWICE", 3_000],
  ["CAUGHT_UP", 4_000],
  ["REPLACED", 400],
];

const WITHOUT_METER: ReadonlySet<Story> = new Set<Story>([
  "NO_METER",
  "DELAYED",
  "FIXED",
  "ABSENT",
  "PLOT",
  "BAD_NO_NORM",
]);

const TRAIT = {
  story: 101,
  stove: 102,
  residents: 103,
  rooms: 104,
  area: 105,
  zones: 106,
  usage: 107,
  month: 108,
  readDay: 109,
  start: 110,
  benefit: 111,
  night: 112,
  debt: 113,
  payment: 114,
} as const;

const ONE_ZONE: readonly Zone[] = ["T0"];
export const TWO_ZONES: readonly Zone[] = ["T1", "T2"];
const THREE_ZONES: readonly Zone[] = ["T1", "T3", "T2"];

/** The account of that place; one of several in a flat has no meter of its own, its flat has. */
export function accountPlan(
  plan: PopulationPlan,
  site: SitePlan,
  dwelling: Dwelling,
  index: number,
): AccountPlan {
  const { seed } = plan;
  const story = storyOf(plan, site, dwelling, index);
  const isElectric = draw(seed, TRAIT.stove, site.first) % 100 < 30;
  const rooms = between(1, 4, seed, TRAIT.rooms, index);
  const isShared = dwelling.part !== "WHOLE";
  const hasMeter = !isShared && !WITHOUT_METER.has(story);
  return {
    index,
    story,
    category: categoryOf(story, site, isElectric),
    norm:
      story === "BAD_NO_NORM"
        ? null
        : `${isElectric && !site.isRural ? "ELECTRIC" : "GAS"}_${rooms}_ROOM${rooms === 1 ? "" : "S"}`,
    residents: between(1, isShared ? 2 : 5, seed, TRAIT.residents, index),
    rooms,
    areaE1: between(140 + rooms * 140, 180 + rooms * 200, seed, TRAIT.area, index),
    zones: hasMeter ? zonesOf(plan, story, index, isElectric && !site.isRural) : [],
    usualKwh: between(
      site.kind === "MKD" ? 70 : 110,
      site.kind === "MKD" ? 330 : 620,
      seed,
      TRAIT.usage,
      index,
    ),
    readDay: between(18, 25, seed, TRAIT.readDay, dwelling.first),
    hasBenefit: !isShared && draw(seed, TRAIT.benefit, index) % 100 < 3,
  };
}

function storyOf(plan: PopulationPlan, site: SitePlan, dwelling: Dwelling, index: number): Story {
  // Accounts of one flat share its meter, and so its luck; only master data can be bad alone.
  const luckOf = (of: number) => draw(plan.seed, TRAIT.story, of) % 100_000;
  const story = storyAt(luckOf(dwelling.part === "WHOLE" ? index : dwelling.first));
  if (dwelling.part !== "WHOLE") return SHARED_STORIES.has(story) ? story : "READ";
  if (story === "PLOT" && site.kind === "MKD") return "NO_METER";
  return story;
}

const SHARED_STORIES: ReadonlySet<Story> = new Set<Story>(["MISSED", "MISSED_TWICE", "CAUGHT_UP"]);

function storyAt(luck: number): Story {
  let rest = luck;
  for (const [story, share] of SHARES) {
    if (rest < share) return story;
    rest -= share;
  }
  return "READ";
}

function categoryOf(story: Story, site: SitePlan, isElectric: boolean): string {
  if (story === "BAD_NO_TARIFF") return CATEGORY_WITHOUT_TARIFF;
  if (story === "BAD_NO_ZONE_PRICE") return "URBAN_ELECTRIC";
  if (site.isRural) return "RURAL";
  return isElectric ? "URBAN_ELECTRIC" : "URBAN_GAS";
}

/** Towns with electric stoves have no price for the third zone. */
function zonesOf(
  { seed }: PopulationPlan,
  story: Story,
  index: number,
  isTwoAtMost: boolean,
): readonly Zone[] {
  if (story === "REPLACED") return ONE_ZONE;
  if (story === "BAD_NO_ZONE_PRICE") return THREE_ZONES;
  const luck = draw(seed, TRAIT.zones, index) % 100;
  if (luck < 20) return TWO_ZONES;
  return luck < 23 && !isTwoAtMost ? THREE_ZONES : ONE_ZONE;
}

const KWH = 10_000;

/**
 * kWh of one month, whole.
 *
 * @param offset 0 = the month to be billed
 */
export function monthKwh(plan: PopulationPlan, account: AccountPlan, offset: number): number {
  const percent = between(82, 118, plan.seed, TRAIT.month, account.index, offset);
  return Math.round((account.usualKwh * percent) / 100);
}

/** The same by zone of a meter, 10⁻⁴ kWh. */
export function monthVolumes(
  plan: PopulationPlan,
  account: AccountPlan,
  zones: number,
  offset: number,
): readonly number[] {
  return byZones(plan, account.index, zones, monthKwh(plan, account, offset));
}

export function byZones(
  { seed }: PopulationPlan,
  index: number,
  zones: number,
  kwh: number,
): readonly number[] {
  if (zones === 1) return [kwh * KWH];
  const night = Math.round((kwh * between(18, 36, seed, TRAIT.night, index)) / 100);
  if (zones === 2) return [(kwh - night) * KWH, night * KWH];
  const half = Math.floor((kwh - night) / 2);
  return [(kwh - night - half) * KWH, half * KWH, night * KWH];
}

/** State of the registers before the first known month, 10⁻⁴ kWh. */
export function startOf({ seed }: PopulationPlan, index: number, zone: number): number {
  return (between(2_000, 60_000, seed, TRAIT.start, index) + zone * 123) * KWH;
}

/** Months of which a reading is there, ascending offsets; 0 = the month to be billed. */
export function monthsRead(story: Story): readonly [first: number, last: number, without?: number] {
  switch (story) {
    case "CAUGHT_UP":
      return [-8, 0, -1];
    case "MISSED":
      return [-8, -1];
    case "MISSED_TWICE":
    case "REFUSED":
      return [-8, -2];
    case "SILENT":
      return [-13, -7];
    case "REPLACED":
      return [-3, -1];
    default:
      return [-3, 0];
  }
}

/** Debts by months before the first billed one, the newest first; an advance is one negative sum without a month. */
export function openingKopecks(
  plan: PopulationPlan,
  { index, usualKwh }: AccountPlan,
): readonly number[] {
  const luck = draw(plan.seed, TRAIT.debt, index);
  const share = luck % 1_000;
  if (share < 50) return [-(100 + (luck % 90_000))];
  if (share >= 180) return [];
  const months = share < 120 ? 1 : 1 + (luck % 7);
  return Array.from(
    { length: months },
    (_, place) => usualKwh * (480 + ((luck >>> 4) % 90) + place),
  );
}

export interface PaymentPlan {
  /** Day of the month to be billed. */
  readonly day: number;
  readonly amount: number;
}

/** What the account pays in the month to be billed. */
export function paymentsOf(plan: PopulationPlan, account: AccountPlan): readonly PaymentPlan[] {
  const luck = draw(plan.seed, TRAIT.payment, account.index);
  const share = luck % 100;
  if (share < 13) return [];
  const whole = monthKwh(plan, account, -1) * 600 + ((luck >>> 8) % 100);
  const day = 1 + ((luck >>> 3) % 25);
  if (share < 90) return [{ day, amount: whole }];
  const part = Math.floor(whole / 3);
  return [
    { day: Math.min(day, 12), amount: part },
    { day: Math.min(day, 12) + 9, amount: whole - part },
  ];
}
