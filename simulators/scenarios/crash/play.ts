import { addMonths } from "../../../normalizer/model/dates.ts";
import type { MonthPlan, Sending } from "../../head-end/month.ts";
import { correctionOf, monthOfSendings } from "../../head-end/month.ts";
import { encodeReadingSheet } from "../../head-end/reading-sheet.ts";
import type { Destination } from "../../head-end/sender.ts";
import { dropIntoFolder, upload, uploadAndDrop } from "../../head-end/sender.ts";
import type { SentReading } from "../../supplier/month-readings.ts";
import { lateReadings, monthReadings } from "../../supplier/month-readings.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { headEndMonth } from "../demo/month.ts";
import { ASKUE_CHANNEL, CONTROLLERS_CHANNEL, READINGS_CHANNEL } from "../hub.ts";
import type { HubHandle } from "./hub-handle.ts";
import type { Order } from "./hub-process.ts";

/** Part of the month, by which kills are chosen. */
export type Phase = "intake" | "bill" | "approve" | "close";

/** One thing that is done until it succeeds; after a kill it is done again. */
export interface Step {
  readonly name: string;
  readonly phase: Phase;
  act(hub: HubHandle): Promise<void>;
}

export interface PlayOptions {
  readonly plan: SupplierPlan;
  readonly secret: string;
  /** Watched folder of the head-end's channel. */
  readonly inbox: string;
}

/** Two months in steps: files and readings, a bill, its approval and closing, late facts and the next bill. */
export function stepsOf(options: PlayOptions): readonly Step[] {
  const { plan } = options;
  const month = headEndMonth(plan);
  const sendings = monthOfSendings(month);
  const late = [...lateReadings(plan)];
  const next = addMonths(plan.period, 1);
  return [
    ...sendings.map((sending) => sendingStep(options, sending)),
    readingsStep(options, READINGS_CHANNEL, [...monthReadings(plan)]),
    orderStep("bill", { order: "bill", period: plan.period }),
    orderStep("approve", { order: "approve", period: plan.period }),
    orderStep("close", { order: "close", period: plan.period }),
    sendingStep(options, lateSending(month, sendings)),
    readingsStep(
      options,
      READINGS_CHANNEL,
      late.filter(({ source }) => source === "PORTAL"),
    ),
    readingsStep(
      options,
      CONTROLLERS_CHANNEL,
      late.filter(({ source }) => source === "CONTROLLER"),
    ),
    orderStep("bill", { order: "bill", period: next }),
    orderStep("approve", { order: "approve", period: next }),
    orderStep("close", { order: "close", period: next }),
  ];
}

/** A correction of the first day that comes after the month is closed. */
function lateSending(month: MonthPlan, sendings: readonly Sending[]): Sending {
  const [first] = sendings;
  const last = sendings.at(-1);
  if (first === undefined || last === undefined) throw new Error("a month without files");
  const other = { ...month, seed: month.seed + 1 };
  return correctionOf(other, first.day, month.firstNumber + sendings.length, last.sentOn);
}

function sendingStep(options: PlayOptions, sending: Sending): Step {
  const { event, name, bytes, via } = sending;
  return {
    name: `${name} (${event})`,
    phase: "intake",
    async act(hub) {
      const to = destination(options, hub, ASKUE_CHANNEL);
      if (via === "folder") await dropIntoFolder(options.inbox, name, bytes);
      else {
        if (event === "reset") await uploadAndDrop(to, name, bytes);
        await mustUpload(to, name, bytes);
      }
      await hub.carryOut({ order: "settle" });
    },
  };
}

function readingsStep(
  options: PlayOptions,
  channel: string,
  readings: readonly SentReading[],
): Step {
  const bytes = encodeReadingSheet(readings);
  const name = `${channel}_${readings.length}.csv`;
  return {
    name,
    phase: "intake",
    async act(hub) {
      await mustUpload(destination(options, hub, channel), name, bytes);
      await hub.carryOut({ order: "settle" });
    },
  };
}

function orderStep(phase: Phase, order: Order): Step {
  return { name: JSON.stringify(order), phase, act: (hub) => hub.carryOut(order) };
}

async function mustUpload(to: Destination, name: string, bytes: Uint8Array): Promise<void> {
  const { status, body } = await upload(to, name, bytes);
  if (status !== 200) throw new Error(`${name}: ${status} ${body}`);
}

function destination(options: PlayOptions, hub: HubHandle, channel: string): Destination {
  return { origin: hub.origin, channel, credential: options.secret };
}
