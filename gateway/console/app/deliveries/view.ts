import { OBJECT_KIND_NAMES } from "../../../http/names.ts";
import type { DeliveriesAnswer } from "../../../http/schemas/deliveries.ts";
import { monthText } from "../../format.ts";
import { go, withQuery } from "../router.ts";

export type Delivery = DeliveriesAnswer["deliveries"][number];
export type DeliveryState = Delivery["state"];

/** What the page is about, as its address says. */
export interface Filter {
  readonly destination: string;
  readonly state: DeliveryState | null;
  readonly code: string | null;
  readonly account: string | null;
  readonly cursor: string | null;
}

export function filterOf(query: URLSearchParams, fallback: string): Filter {
  return {
    destination: query.get("destination") ?? fallback,
    state: query.get("state") as DeliveryState | null,
    code: query.get("code"),
    account: query.get("account"),
    cursor: query.get("cursor"),
  };
}

/** Another list: the page begins anew and nothing is open. */
export function choose(changes: Partial<Record<keyof Filter, string | null>>): void {
  go(withQuery({ cursor: null, open: null, exchange: null, ...changes }));
}

/** "5:account/17": shard and object of the delivery that the drawer shows. */
export interface Opened {
  readonly shard: number;
  readonly object: string;
}

export function openedOf(query: URLSearchParams): Opened | null {
  const match = /^(\d+):(.+)$/.exec(query.get("open") ?? "");
  return match === null ? null : { shard: Number(match[1]), object: match[2] ?? "" };
}

export function openDelivery({ shard, object }: Opened): void {
  go(withQuery({ open: `${shard}:${object}`, exchange: null }));
}

export function closeDelivery(): void {
  go(withQuery({ open: null, exchange: null }));
}

/** "Платёжный документ, январь 2026". */
export function objectTitle({ kind, object }: Pick<Delivery, "kind" | "object">): string {
  const subject = kind === "withdrawal" ? (object.split("/")[0] ?? "") : kind;
  const name = OBJECT_KIND_NAMES[subject] ?? subject;
  const month = /\/(\d{4}-\d{2})$/.exec(object)?.[1];
  const title = month === undefined ? name : `${name}, ${monthText(month)}`;
  const whole = kind === "withdrawal" ? `отзыв: ${title}` : title;
  return whole.slice(0, 1).toUpperCase() + whole.slice(1);
}

/** Moves that a state allows; the hub checks it again. */
export const MOVES: Readonly<Partial<Record<DeliveryState, readonly Move[]>>> = {
  waiting: ["hold", "withdraw"],
  held: ["release", "withdraw"],
  refused: ["resend", "withdraw"],
};
export type Move = "hold" | "release" | "resend" | "withdraw";

export const MOVE_NAMES: Readonly<Record<Move, string>> = {
  hold: "Задержать",
  release: "Отпустить",
  resend: "Отправить снова",
  withdraw: "Отозвать",
};
