import { addMonths } from "../../../normalizer/model/dates.ts";
import type { MonthPlan, Sending } from "../../head-end/month.ts";
import { correctionOf, monthOfSendings } from "../../head-end/month.ts";
import { encodeReadingSheet } from "../../head-end/reading-sheet.ts";
import { dropIntoFolder, uploadAndDrop } from "../../head-end/sender.ts";
import type { SentReading } from "../../supplier/month-readings.ts";
import { lateReadings, monthReadings } from "../../supplier/month-readings.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { headEndMonth } from "../demo/month.ts";
import { ASKUE_CHANNEL, CONTROLLERS_CHANNEL, READINGS_CHANNEL } from "../hub.ts";
import type { Step } from "./step.ts";
import { destination, mustUpload, orderStep, uploadStep } from "./step.ts";

export interface PlayOptions {
  readonly plan: SupplierPlan;
  readonly secret: string;
  /** Watched folder of the head-end's channel. */
  readonly inbox: string;
}

/** Two months in steps: files and readings, a bill, its approval and closing, late facts and the next bill. */
export function stepsOf(options: PlayOptions): readonly Step[] {
  const { plan, secret } = options;
  const month = headEndMonth(plan);
  const sendings = monthOfSendings(month);
  const late = [...lateReadings(plan)];
  const next = addMonths(plan.period, 1);
  return [
    ...sendings.map((sending) => sendingStep(options, sending)),
    readingsStep(secret, READINGS_CHANNEL, [...monthReadings(plan)]),
    orderStep("bill", { order: "bill", period: plan.period }),
    orderStep("approve", { order: "approve", period: plan.period }),
    orderStep("close", { order: "close", period: plan.period }),
    sendingStep(options, lateSending(month, sendings)),
    readingsStep(
      secret,
      READINGS_CHANNEL,
      late.filter(({ source }) => source === "PORTAL"),
    ),
    readingsStep(
      secret,
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

function sendingStep({ secret, inbox }: PlayOptions, sending: Sending): Step {
  const { event, name, bytes, via } = sending;
  return {
    name: `${name} (${event})`,
    phase: "intake",
    async act(hub) {
      const to = destination(hub, ASKUE_CHANNEL, secret);
      if (via === "folder") await dropIntoFolder(inbox, name, bytes);
      else {
        if (event === "reset") await uploadAndDrop(to, name, bytes);
        await mustUpload(to, name, bytes);
      }
      await hub.carryOut({ order: "settle" });
    },
  };
}

export function readingsStep(
  secret: string,
  channel: string,
  readings: readonly SentReading[],
): Step {
  const name = `${channel}_${readings.length}.csv`;
  return uploadStep("intake", secret, { channel, name, bytes: encodeReadingSheet(readings) });
}
