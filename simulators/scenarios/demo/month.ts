import type { Day } from "../../../normalizer/model/dates.ts";
import {
  addDays,
  addMonths,
  daysIn,
  firstDay,
  formatDay,
} from "../../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import type { MonthPlan, Sending } from "../../head-end/month.ts";
import { monthArchive, monthOfSendings } from "../../head-end/month.ts";
import { encodeReadingSheet } from "../../head-end/reading-sheet.ts";
import type { Destination } from "../../head-end/sender.ts";
import { dropIntoFolder, upload, uploadAndDrop } from "../../head-end/sender.ts";
import type { Business } from "../../supplier/businesses.ts";
import { business, HEAD_END_INN, HEAD_END_NAME } from "../../supplier/businesses.ts";
import type { SentReading } from "../../supplier/month-readings.ts";
import { monthReadings } from "../../supplier/month-readings.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { channelMaps } from "../../supplier/rows.ts";
import type { ScenarioHub } from "../hub.ts";
import { enterInCommon } from "./clerk.ts";

/** Everything that the month is played with. */
export interface Stage {
  readonly plan: SupplierPlan;
  readonly database: Database;
  readonly hub: ScenarioHub;
  /** Message that the supplier was loaded by: the ground of what the clerk enters. */
  readonly message: MessageId;
  readonly askue: Destination;
  readonly readings: Destination;
  /** Watched folder of the head-end's channel. */
  readonly inbox: string;
  readonly say: (text: string) => void;
}

/** Numbers of one sender never come again: the next month's begin far above those of the first. */
const NEXT_MONTH_NUMBERS = 100;
/** Day of the month on which the clerk maps the point that nobody knew. */
const MAPPED_ON_DAY = 16;

const EVENTS: Readonly<Record<Sending["event"], string | null>> = {
  regular: null,
  duplicate: "тот же файл ещё раз",
  correction: "исправление с большим номером",
  "out of order": "файл пришёл после следующего",
  broken: "файл оборван на середине",
  resent: "оборванный файл прислан целиком",
  gap: "два часа без значений",
  questionable: "три часа с недостоверными значениями",
  "wrong value": "ошибочное значение, никем не отмеченное",
  reset: "обрыв связи посреди передачи, потом повтор",
};

export function headEndMonth(plan: SupplierPlan): MonthPlan {
  const businesses = Array.from({ length: plan.businesses }, (_, index) => business(plan, index));
  return {
    seed: plan.seed,
    period: plan.period,
    senderInn: HEAD_END_INN,
    senderName: HEAD_END_NAME,
    firstNumber: 812,
    points: businesses.flatMap(({ inn, party, points }) =>
      points.map(({ code, name, loadKwh }) => ({
        areaInn: inn,
        areaName: party,
        code,
        name,
        loadKwh,
      })),
    ),
  };
}

/** Plays the month day by day, as fast as the hub takes it. */
export async function playMonth(stage: Stage): Promise<void> {
  const { plan, hub, say } = stage;
  const sendings = monthOfSendings(headEndMonth(plan));
  const allReadings = [...monthReadings(plan)];
  const first = firstDay(plan.period);
  for (let today = first; today <= first + daysIn(plan.period); today = addDays(today, 1)) {
    const sent = sendings.filter(({ sentOn }) => sentOn === today);
    for (const sending of sent) await send(stage, sending);
    const readings = allReadings.filter(({ readOn }) => readOn === today);
    if (readings.length > 0)
      await sendReadings(stage.readings, `pokazaniya_${formatDay(today)}.csv`, readings);
    const notes = sent.flatMap(({ event }) => EVENTS[event] ?? []);
    await hub.settle();
    if (today === first + MAPPED_ON_DAY - 1) {
      notes.push(await mapUnknownPoint(stage));
      await hub.settle();
    }
    say(dayText(today, sent.length, readings.length, notes));
  }
}

/** The next month of half-hours as one archive, the way a mail brings it. */
export async function sendNextMonth({ plan, askue }: Pick<Stage, "plan" | "askue">): Promise<void> {
  const month = headEndMonth(plan);
  const { name, bytes } = monthArchive({
    ...month,
    period: addMonths(plan.period, 1),
    firstNumber: month.firstNumber + NEXT_MONTH_NUMBERS,
  });
  await mustUpload(askue, name, bytes);
}

export async function mustUpload(to: Destination, name: string, bytes: Uint8Array): Promise<void> {
  const { status, body } = await upload(to, name, bytes);
  if (status !== 200) throw new Error(`${name}: ${status} ${body}`);
}

async function send({ askue, inbox }: Stage, sending: Sending): Promise<void> {
  const { event, name, bytes, via } = sending;
  if (via === "folder") {
    await dropIntoFolder(inbox, name, bytes);
    return;
  }
  if (event === "reset") await uploadAndDrop(askue, name, bytes);
  await mustUpload(askue, name, bytes);
}

export async function sendReadings(
  to: Destination,
  name: string,
  readings: readonly SentReading[],
): Promise<void> {
  await mustUpload(to, name, encodeReadingSheet(readings));
}

/** The values that have waited since the first day are taken by themselves once the mapping stands. */
async function mapUnknownPoint({ plan, database, message }: Stage): Promise<string> {
  for (let index = 0; index < plan.businesses; index += 1) {
    const who: Business = business(plan, index);
    const point = who.points.find(({ mapped }) => !mapped);
    if (point === undefined) continue;
    const facts = channelMaps(who, point).map(([subject, body]) => ({
      kind: "channel-map" as const,
      subject,
      body,
    }));
    const organisation = plan.organisation as OrganisationId;
    await enterInCommon(database, organisation, "акт ввода точки учёта", message, facts);
    return `точка «${point.name}» привязана, ожидавшие значения приняты`;
  }
  return "";
}

function dayText(today: Day, files: number, readings: number, notes: readonly string[]): string {
  const counts = [`файлов ${files}`];
  if (readings > 0) counts.push(`показаний ${readings}`);
  const what = notes.length === 0 ? "" : `: ${notes.join("; ")}`;
  return `${formatDay(today)}  ${counts.join(", ")}${what}`;
}
