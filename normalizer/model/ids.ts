import type { Branded } from "./units.ts";

/** Лицевой счёт as the supplier prints it, e.g. "0015000127". Never a number: leading zeros count. */
export type AccountNumber = Branded<string, "account number">;
/** ИНН as written, 10 or 12 digits; a 80020 may carry a pseudo-ИНН. Never a number. */
export type Inn = Branded<string, "INN">;
/** Заводской номер прибора учёта. Never a number. */
export type MeterSerial = Branded<string, "meter serial">;

/** 0–255 for sites and contracts, 256 for what belongs to no site («common»). */
export type Shard = Branded<number, "shard">;
export const COMMON_SHARD = 256 as Shard;
export const SHARD_COUNT = 257;

/** Internal keys of the store: positive safe integers, unique for ever, never shown to a person alone. */
export type OrganisationId = Branded<number, "organisation">;
export type SiteId = Branded<number, "site">;
/** Квартира, комната под общим счётом, нежилое помещение of one site. */
export type PremisesId = Branded<number, "premises">;
export type AccountId = Branded<number, "account">;
export type MeterId = Branded<number, "meter">;
/** One channel of one metering point (точка учёта + канал). */
export type ChannelId = Branded<number, "channel">;
export type MessageId = Branded<number, "message">;
export type RunId = Branded<number, "run">;
/** Commit order inside one shard, from 1. */
export type Seq = Branded<number, "seq">;

/** Where a value came from: the message and the place inside it (byte offset of an XML element, row of a table). */
export interface Origin {
  readonly message: MessageId;
  readonly at: number;
}
