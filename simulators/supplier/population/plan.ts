import type { Month } from "../../../normalizer/model/dates.ts";
import type { Shard } from "../../../normalizer/model/ids.ts";
import { between, draw } from "../../random.ts";

/**
 * A synthetic supplier of any size: the same seed and size give the same rows, and any block of it can be made alone.
 * Nothing of it is a real person, address or company.
 */
export interface PopulationPlan {
  readonly seed: number;
  /** Household accounts. */
  readonly accounts: number;
  /** Month to be billed; the one before it is the first that the store itself bills. */
  readonly period: Month;
  readonly organisation: number;
  /** First of the internal ids that the population takes; it takes `idsOf(plan)` of them in a row. */
  readonly firstId: number;
}

/** Accounts that are made together: sites never cross its edge, and all of them lie in one shard. */
export const BLOCK_ACCOUNTS = 1_000;
const IDS_PER_ACCOUNT = 10;
const SHARDS = 256;

export const DISTRICTS = [
  "Берёзовский",
  "Восточный",
  "Горный",
  "Заводской",
  "Заречный",
  "Луговой",
  "Октябрьский",
  "Приозёрный",
  "Северный",
  "Центральный",
] as const;
/** Villages: houses and a few small МКД, prices of the rural population. */
const RURAL_DISTRICTS: ReadonlySet<string> = new Set(["Луговой", "Приозёрный"]);

/** Flats of a building: how many of a hundred buildings have so many. */
const BUILDING_SIZES = [
  { percent: 22, from: 2, to: 12 },
  { percent: 22, from: 16, to: 36 },
  { percent: 30, from: 40, to: 80 },
  { percent: 17, from: 90, to: 144 },
  { percent: 7, from: 160, to: 300 },
  { percent: 2, from: 301, to: 600 },
] as const;

/** First key of each draw, so that no two traits share their luck; those of dwellings begin at 100. */
const TRAIT = { district: 1, mkd: 2, size: 3, flats: 4, flat: 5, rooms: 6 } as const;

export interface SitePlan {
  readonly kind: "MKD" | "PRIVATE_HOUSE";
  readonly site: number;
  /** Meter of the house and its point; of a МКД only. */
  readonly housePoint: number;
  readonly houseMeter: number;
  readonly shard: Shard;
  readonly district: string;
  readonly isRural: boolean;
  /** Place of the site's first account among all, from 0. */
  readonly first: number;
  readonly dwellings: readonly Dwelling[];
}

/** A private house, a flat, or a flat whose rooms or shares are paid for by several accounts. */
export interface Dwelling {
  /** Number of the flat in its building, from 1. */
  readonly number: number;
  readonly part: "WHOLE" | "ROOM" | "SHARE";
  /** Place of the first account among all, from 0. */
  readonly first: number;
  readonly accounts: number;
}

export interface AccountIds {
  readonly account: number;
  readonly point: number;
  readonly meter: number;
  readonly nextMeter: number;
  /** Of the dwelling that the account opens. */
  readonly premises: number;
  readonly flatPoint: number;
  readonly flatMeter: number;
}

/** @param index place of the account among all, from 0 */
export function idsOfAccount({ firstId }: PopulationPlan, index: number): AccountIds {
  const first = firstId + index * IDS_PER_ACCOUNT;
  return {
    account: first,
    point: first + 1,
    meter: first + 2,
    nextMeter: first + 3,
    premises: first + 4,
    flatPoint: first + 5,
    flatMeter: first + 6,
  };
}

/** How many internal ids the plan takes. */
export function idsOf({ accounts }: PopulationPlan): number {
  return accounts * IDS_PER_ACCOUNT;
}

export function blocksOf({ accounts }: PopulationPlan): number {
  return Math.ceil(accounts / BLOCK_ACCOUNTS);
}

/** Sites of one block, by id. Blocks that follow each other lie in the same shard or in the next one. */
export function sitesOfBlock(plan: PopulationPlan, block: number): readonly SitePlan[] {
  const { seed } = plan;
  const first = block * BLOCK_ACCOUNTS;
  const end = Math.min(plan.accounts, first + BLOCK_ACCOUNTS);
  const district = DISTRICTS[draw(seed, TRAIT.district, block) % DISTRICTS.length] as string;
  const isRural = RURAL_DISTRICTS.has(district);
  const shard = Math.floor((block * SHARDS) / blocksOf(plan)) as Shard;
  const percent = isRural
    ? between(5, 20, seed, TRAIT.mkd, block)
    : between(60, 90, seed, TRAIT.mkd, block);
  const mkdEnd = first + Math.floor(((end - first) * percent) / 100);
  const sites: SitePlan[] = [];
  for (let index = first; index < end; ) {
    const isMkd = index + 1 < mkdEnd;
    const dwellings = isMkd
      ? flatsOf(plan, index, mkdEnd, isRural)
      : [{ number: 1, part: "WHOLE" as const, first: index, accounts: 1 }];
    const id = plan.firstId + index * IDS_PER_ACCOUNT;
    sites.push({
      kind: isMkd ? "MKD" : "PRIVATE_HOUSE",
      site: id + 7,
      housePoint: id + 8,
      houseMeter: id + 9,
      shard,
      district,
      isRural,
      first: index,
      dwellings,
    });
    for (const { accounts } of dwellings) index += accounts;
  }
  return sites;
}

/** Flats of the building that begins with account `first`, at most up to account `end`. */
function flatsOf(
  plan: PopulationPlan,
  first: number,
  end: number,
  isRural: boolean,
): readonly Dwelling[] {
  const wanted = flatCount(plan, first, isRural);
  // Communal flats stand in few buildings, there by the dozen.
  const isCommunal = draw(plan.seed, TRAIT.rooms, first) % 100 < 6;
  const flats: Dwelling[] = [];
  for (let index = first; index < end && flats.length < wanted; ) {
    const luck = draw(plan.seed, TRAIT.flat, index) % 1_000;
    let part: Dwelling["part"] = "WHOLE";
    let accounts = 1;
    if (isCommunal && luck < 300) {
      part = "ROOM";
      accounts = 2 + (luck % 3);
    } else if (luck >= 990) {
      part = "SHARE";
      accounts = 2;
    }
    if (index + accounts > end) {
      part = "WHOLE";
      accounts = 1;
    }
    flats.push({ number: flats.length + 1, part, first: index, accounts });
    index += accounts;
  }
  return flats;
}

function flatCount({ seed }: PopulationPlan, first: number, isRural: boolean): number {
  let luck = isRural ? 0 : draw(seed, TRAIT.size, first) % 100;
  for (const { percent, from, to } of BUILDING_SIZES) {
    if (luck < percent) return between(from, to, seed, TRAIT.flats, first);
    luck -= percent;
  }
  return BUILDING_SIZES[0].to;
}
