import type { RunId } from "../../../normalizer/model/ids.ts";
import type { LineKind } from "../../../normalizer/model/lines.ts";
import { formatScaled, VOLUME_SCALE } from "../../../normalizer/model/units.ts";
import { integer } from "../../../normalizer/store/database.ts";
import { readHousesOfRun } from "../../../normalizer/store/house-months.ts";
import { FLATS_PER_BUILDING } from "../../supplier/plan.ts";
import { housePlace } from "./house.ts";
import type { Stage } from "./month.ts";
import { mustBe } from "./proof.ts";

/** Energy that premises took; not ОДН, and not what only recalculates a payment. */
const CONSUMPTION: readonly LineKind[] = [
  "METER",
  "METER_DELTA",
  "AVERAGE",
  "NORM",
  "FIXED",
  "OWN",
  "SECTION",
  "COMMON",
];

/**
 * The balance of the house by the lines of its posted month, added up in SQL and not by the functions that made them:
 * what the ОДПУ shows is what the premises took, what was distributed, and what the carried balance moved.
 *
 * @returns negative ОДН that is carried to the next month, 10⁻⁴ kWh
 */
export async function checkHouse(
  { plan, database }: Pick<Stage, "plan" | "database">,
  run: RunId,
): Promise<number> {
  const { shard, site } = housePlace(plan);
  const [row] = await database.query<Readonly<Record<string, string>>>(
    `select h.*, coalesce(h.communal_residue, 0) as flats,
       sum(l.volume) filter (where l.kind = any($4)) as consumed,
       sum(l.volume) filter (where l.kind = 'ODN') as odn,
       count(*) filter (where l.kind = 'ODN') as odn_lines,
       count(distinct l.kind) filter (where l.kind in ('BENEFIT', 'ABSENCE') and l.amount < 0
         or l.kind = 'TAMPER' and l.amount > 0) as circumstances
     from house_month h join charge_line_text l on l.run = h.run and l.site = h.site
     where h.run = $1 and h.shard = $2 and h.site = $3 group by h.shard, h.site, h.run`,
    [run, shard, site, CONSUMPTION],
  );
  const figure = (name: string): number => integer(row?.[name] ?? "");
  const [carryIn, used, carryOut] = ["carry_in", "carry_used", "carry_out"].map(figure) as [
    number,
    number,
    number,
  ];
  const outside = figure("individual") + figure("non_residential");
  const common = figure("distributed") + figure("over_norm");
  mustBe("объём помещений дома", figure("individual"), figure("consumed") + figure("flats"));
  mustBe(
    "баланс дома с ОДПУ",
    outside + common + used - (carryOut - carryIn + used),
    figure("odpu"),
  );
  mustBe("строк ОДН дома", figure("odn_lines"), FLATS_PER_BUILDING);
  mustBe("ОДН по строкам дома", figure("odn") + figure("residue"), figure("distributed"));
  mustBe("льгота, отсутствие и акт в строках", figure("circumstances"), 3);
  mustBe("месяцев с отрицательным ОДН", Number(carryOut > carryIn), 1);
  return carryOut;
}

/** The next month begins with the negative ОДН that this one has left, and lowers its own by it. */
export async function checkCarried(
  { plan, database, say }: Stage,
  next: RunId,
  carried: number,
): Promise<void> {
  const { site } = housePlace(plan);
  const houses = await readHousesOfRun(database, next);
  const house = houses.find((one) => one.site === site);
  mustBe("перенесённый отрицательный ОДН", house?.month.carryIn ?? 0, carried);
  say(
    `отрицательный ОДН ${kwh(carried)} перенесён в новый месяц: ` +
      `зачтено ${kwh(house?.month.carryUsed ?? 0)}, осталось ${kwh(house?.month.carryOut ?? 0)}`,
  );
}

/** "8 060,5 кВт·ч" without the thousands. */
export function kwh(volume: number): string {
  return `${formatScaled(volume, VOLUME_SCALE).replace(".", ",").replace("-", "−")} кВт·ч`;
}
