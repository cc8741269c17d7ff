import type { HouseDetail, PremisesRow } from "../../billing/documents/house-detail.ts";
import { formatMonth } from "../../normalizer/model/dates.ts";
import { formatFixed, formatScaled, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import { houseDetailOf } from "../house-detail.ts";
import { ZONE_NAMES } from "../http/names.ts";
import { withAccountMonth } from "./given-account.ts";
import { STORE_USAGE } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  return withAccountMonth(args, context, "f83", "month", async (given) => {
    const { store, place, month, json } = given;
    const found = await houseDetailOf(store.hub, place, month);
    if (found === null) {
      context.note(`За ${formatMonth(month)} ОДН дома счёта ${place.number} не проведён.`);
      return EXIT_FAILED;
    }
    const { detail, equal } = found;
    if (json) context.out(JSON.stringify({ ...detail, period: formatMonth(detail.period), equal }));
    else for (const line of textLines(detail)) context.out(line);
    if (!equal)
      context.note("СВЕРКА НЕ СОШЛАСЬ: повторный расчёт даёт другой ОДН, чем сохранённый.");
    return equal ? EXIT_OK : EXIT_FAILED;
  });
}

const figure = (scaled: number | null): string =>
  scaled === null ? "—" : formatScaled(scaled, VOLUME_SCALE).replace(".", ",");

function textLines(detail: HouseDetail): readonly string[] {
  const { total, meters, zones } = detail;
  return [
    `Детализация ОДН по МКД (Ф-83), ${formatMonth(detail.period)}: ${detail.address}`,
    `Площадь МКД ${figure(detail.totalAreaE4)} м², в т.ч. жилые ` +
      `${figure(detail.residentialAreaE4)}, нежилые ${figure(detail.nonResidentialAreaE4)}`,
    "",
    "Общедомовые приборы учёта: №; коэффициент; зона; показания на начало; на конец",
    ...meters.map(({ serial, ratio, zone, start, end }) =>
      [`  ${serial}`, ratio, ZONE_NAMES[zone], figure(start), figure(end)].join("; "),
    ),
    "Объём в помещениях по зонам, кВт·ч",
    ...zones.map(
      ({ zone, premises }) =>
        `  ${zone === null ? "без зоны" : ZONE_NAMES[zone]}: ${figure(premises)}`,
    ),
    `Итого: МКД ${figure(total.house)}; жилые ${figure(total.residential)}; ` +
      `нежилые ${figure(total.nonResidential)}; ОДН ${figure(total.odn)}`,
    ...premisesLines("нежилых", detail.nonResidential),
    ...premisesLines("жилых", detail.residential),
  ];
}

function premisesLines(which: string, rows: readonly PremisesRow[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    "",
    `Распределение ОДН в ${which} помещениях: №; счета; площадь, м²; коэффициент; объём; ОДН`,
    ...rows.map((row) =>
      [
        `  ${row.number}`,
        row.contract === null ? row.accounts.join(", ") : "договор",
        figure(row.areaE4),
        formatFixed(row.coefficientE4, 4).replace(".", ","),
        figure(row.individual),
        figure(row.odn),
      ].join("; "),
    ),
  ];
}

export const command: Command = {
  name: "f83",
  summary: "Ф-83: детализация ОДН дома, в котором лицевой счёт, и сверка с проведённым",
  usage: `ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ\n${STORE_USAGE}`,
  run,
};
