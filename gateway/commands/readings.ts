import { parseArgs } from "node:util";
import { meterText } from "../../normalizer/intake/readings.ts";
import { formatDay } from "../../normalizer/model/dates.ts";
import type { Origin } from "../../normalizer/model/ids.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { StoredHeldReading } from "../../normalizer/model/reading-facts.ts";
import { formatScaled, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { HeldList } from "../../normalizer/store/held-readings.ts";
import { listHeldReadings } from "../../normalizer/store/held-readings.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import { SOURCE_NAMES } from "../http/names.ts";
import { decideHeld } from "../intake/reading-desk.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const PLACE = /^(\d{1,15}):(\d{1,15})$/;
const LIST_MAX = 100;
const LISTS: Readonly<Record<string, HeldList>> = { held: "held", rejected: "refused" };
const DECISIONS = { confirm: "CONFIRMED", refuse: "REFUSED" } as const;

interface Given {
  readonly organisation?: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly ground?: string;
  readonly author?: string;
  readonly after?: string;
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      ground: { type: "string" },
      author: { type: "string" },
      after: { type: "string" },
    },
  });
  const [what = "", place, ...more] = positionals;
  const listed = LISTS[what];
  if (listed !== undefined && place === undefined) return list(listed, values, context);
  if ((what !== "confirm" && what !== "refuse") || place === undefined || more.length > 0) {
    throw new UsageError("Нужно: held, rejected, confirm МЕСТО или refuse МЕСТО");
  }
  return decide(DECISIONS[what], placeOf(place), values, context);
}

function placeOf(text: string): Origin {
  const [, message, at] = PLACE.exec(text) ?? [];
  if (message === undefined || at === undefined) {
    throw new UsageError(`Показание «${text}»: нужно СООБЩЕНИЕ:СТРОКА, как в списке`);
  }
  return { message: Number(message), at: Number(at) } as Origin;
}

function list(listed: HeldList, given: Given, context: CommandContext): Promise<number> {
  const before = given.after === undefined ? null : placeOf(given.after);
  return withStore(context, given, "readings", async (store) => {
    const organisation = await givenOrganisation(store, given.organisation);
    const scope = { organisation, districts: null };
    const readings = await listHeldReadings(store.hub, scope, listed, before, LIST_MAX);
    if (given.json === true) context.out(JSON.stringify(readings.map(answerOf)));
    else if (readings.length === 0) context.out("Таких показаний нет");
    else for (const reading of readings) context.out(lineOf(reading));
    return EXIT_OK;
  });
}

async function decide(
  decision: (typeof DECISIONS)[keyof typeof DECISIONS],
  reading: Origin,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const { ground } = given;
  if (ground === undefined || ground.trim() === "") throw new UsageError("Нужно --ground");
  return withStore(context, given, "readings", async (store) => {
    const { isTaken, message, problems } = await decideHeld(store.hub, {
      organisation: await givenOrganisation(store, given.organisation),
      ...{ reading, decision, ground },
      author: given.author ?? context.environment["USER"] ?? "hub readings",
      receivedAtMs: Date.now(),
    });
    const texts = problems.map(problemText);
    if (given.json === true) {
      context.out(JSON.stringify({ message: message.message, accepted: isTaken, problems, texts }));
    } else {
      const done = decision === "CONFIRMED" ? "подтверждено" : "отклонено";
      const place = `${reading.message}:${reading.at}`;
      context.out(`Показание ${place} ${isTaken ? done : "осталось как было"}`);
      for (const text of texts) context.out(`  ${text}`);
    }
    return isTaken ? EXIT_OK : EXIT_NOT_ACCEPTED;
  });
}

function answerOf(reading: StoredHeldReading) {
  const { message, at, readOn, previous, code, details } = reading;
  return {
    ...reading,
    place: `${message}:${at}`,
    readOn: formatDay(readOn),
    previous: previous === null ? null : { ...previous, readOn: formatDay(previous.readOn) },
    text: problemText({ code, values: details }),
  };
}

function lineOf(reading: StoredHeldReading): string {
  const { message, at, readOn, accountNumber, serial, source, decision } = reading;
  const given = reading.typed.map(({ text }) => text).join(" / ");
  const before = reading.previous?.values.map((value) => formatScaled(value, VOLUME_SCALE));
  const { code, details, volume } = reading;
  const energy = volume === null ? "" : `, ${formatScaled(volume, VOLUME_SCALE)} кВт·ч`;
  const said = decision === null ? "" : `; ${decision.author}: ${decision.ground}`;
  return [
    `${message}:${at}  ${formatDay(readOn)}  ${meterText(accountNumber, serial)}`,
    `${before === undefined ? "" : `${before.join(" / ")} → `}${given}${energy}`,
    `${SOURCE_NAMES[source]}  ${code}: ${problemText({ code, values: details })}${said}`,
  ].join("  ");
}

/** `hub readings`: what reading control did not let in, and a person's word about it. */
export const command: Command = {
  name: "readings",
  summary: "Показания, которые не прошли контроль: показать, подтвердить, отклонить",
  usage: `held | rejected [--after СООБЩЕНИЕ:СТРОКА]
  confirm СООБЩЕНИЕ:СТРОКА --ground ОСНОВАНИЕ [--author КТО]
  refuse СООБЩЕНИЕ:СТРОКА --ground ОСНОВАНИЕ [--author КТО]
  held                ждут подтверждения, новые сверху (до ${LIST_MAX})
  rejected            отклонены правилами или человеком, с причиной
  --after МЕСТО       продолжить список после этого показания
  --ground ТЕКСТ      почему показание верно или неверно
${STORE_USAGE}`,
  run,
};
