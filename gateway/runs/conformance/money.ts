import { zoneOf } from "../../../billing/conformance/households.ts";
import type { Input, Json } from "../../../billing/conformance/input.ts";
import { calendar, switchBy } from "../../../billing/conformance/money.ts";
import { HOUSEHOLD_DUE_DAYS, HOUSEHOLD_STEPS } from "../../../billing/conformance/penalty-law.ts";
import { dueDateOf } from "../../../billing/penalties/due-date.ts";
import type { PenaltyLine } from "../../../billing/penalties/penalty.ts";
import { debtorRows } from "../../../billing/receivables/debtors.ts";
import {
  addMonths,
  type Day,
  day,
  firstDay,
  formatDay,
  formatMonth,
  type Month,
  monthOf,
} from "../../../normalizer/model/dates.ts";
import { ZONES } from "../../../normalizer/model/lines.ts";
import { formatScaled, kopecks, MONEY_SCALE } from "../../../normalizer/model/units.ts";
import { debtsOf } from "../../../normalizer/store/reports/debtors.ts";
import { turnoversOf } from "../../../normalizer/store/reports/turnover.ts";
import { LONG_AGO, type Play, type PlayedAccount } from "./play.ts";
import type { Played } from "./store.ts";
import {
  lastDayOf,
  merged,
  moneyOf,
  priceOf,
  putAccount,
  putHistory,
  putMeter,
  putNorm,
  putPrice,
  putSwitches,
  putTariffs,
  requireFact,
  type StoredKind,
  sumOf,
  volumeOf,
  without,
} from "./terms.ts";

/** Law of penalties of a case: one per organisation, so cases with another have one of their own. */
function putPenaltyLaw(play: Play, input: Input): void {
  const names = ["keyRates", "caps", "moratoria", "holidays"];
  play.penaltyKey = JSON.stringify(
    names.map((name) => (input.has(name) ? input.at(name).value : [])),
  );
  const fact = (...of: Parameters<Play["lawFact"]>) => play.law.push(play.lawFact(...of));
  fact("penalty-steps", "households", LONG_AGO, { steps: HOUSEHOLD_STEPS });
  for (const [index, { from, dayOfMonth }] of HOUSEHOLD_DUE_DAYS.entries()) {
    const next = HOUSEHOLD_DUE_DAYS[index + 1];
    const to = next === undefined ? null : firstDay(next.from);
    fact("due-day", "households", formatDay(firstDay(from)), { dayOfMonth }, to);
  }
  const rates = input.list("keyRates");
  for (const [index, row] of rates.entries()) {
    const to = rates[index + 1]?.day("from") ?? null;
    fact("key-rate", "general", row.text("from"), { rate: row.text("rate") }, to);
  }
  for (const row of input.listOrNone("caps")) {
    const body = { rate: row.text("rate"), mode: row.textOr("mode", "CAP") };
    fact("penalty-cap", "general", row.text("from"), body, (row.day("to") + 1) as Day);
  }
  for (const [index, row] of input.listOrNone("moratoria").entries()) {
    const body = row.has("onlyDueBefore") ? { onlyDueBefore: row.text("onlyDueBefore") } : {};
    fact("penalty-pause", `№ ${index + 1}`, row.text("from"), body, (row.day("to") + 1) as Day);
  }
  const daysOff = calendar(input).holidays.map(formatDay);
  fact("calendar", "RU", LONG_AGO, { daysOff, workingWeekends: [] });
}

const PENALTY_SWITCHES = {
  switchBy: "dueDate.switchBy",
  rateMoment: "penalty.rateMoment",
  freezeDayCount: "penalty.moratorium.freezeDayCount",
};

/** An account of which nothing is charged. */
function putIdle(play: Play, first: Month): PlayedAccount {
  const account = putAccount(play, first, { category: putPrice(play, "1") });
  const whose = { account: account.number };
  play.enter(first, "fixed-volume", { whose, values: { volume: "0" } });
  return account;
}

/** Days after the case's last one bear no penalty: a month is accrued to its end. */
function holdAfter(play: Play, account: PlayedAccount, on: Day): void {
  const month = monthOf(on);
  if (on === lastDayOf(month)) return;
  play.enter(month, "penalty-hold", {
    whose: { account: account.number },
    name: "1",
    from: formatDay((on + 1) as Day),
    values: { reason: "DISPUTE" },
  });
}

function pay(play: Play, account: PlayedAccount, known: Month, row: Input, id: string): void {
  const purpose = row.has("purpose") ? row.at("purpose") : null;
  const isOfPenalty = purpose?.has("type") === true && purpose.text("type") !== "PRINCIPAL";
  requireFact(!isOfPenalty && purpose?.has("service") !== true, NO_TYPE);
  play.step(known).money.push({
    account: account.number,
    id: play.name(id),
    on: row.day("date"),
    amount: row.money("amount"),
    reverses: null,
    period: purpose?.has("period") === true ? purpose.month("period") : null,
  });
}

const NO_TYPE = "a purpose of payment other than a month: the type or the service of the debt";

function penaltyLine(line: PenaltyLine): Json {
  return {
    period: formatMonth(line.period),
    base: moneyOf(line.base),
    from: formatDay(line.from),
    to: formatDay(line.to),
    days: line.days,
    fraction: `1/${line.divisor}`,
    rate: formatScaled(line.rateE2, 2),
    amount: moneyOf(line.amount),
  };
}

/** Debts brought along; what the month of the last day posts is what accrued to it. */
export const penalty: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const on = input.day("calcDate");
    const period = monthOf(on);
    putPenaltyLaw(play, input);
    play.step(period);
    const account = putIdle(play, period);
    putSwitches(play, period, input, PENALTY_SWITCHES);
    for (const row of input.list("debts")) {
      const origin = row.month("period");
      const { due } = dueDateOf(origin, switchBy(input), calendar(input), HOUSEHOLD_DUE_DAYS);
      requireFact(due === row.day("due"), "a due day that is not of the law");
      play.openings.push({
        account: account.id,
        kind: "OPENING",
        origin,
        amount: row.money("amount"),
      });
    }
    for (const [index, row] of input.list("payments").entries()) {
      play.step(period).money.push({
        account: account.number,
        id: play.name(`p${index}`),
        on: row.day("date"),
        amount: row.money("amount"),
        reverses: null,
        period: row.month("period"),
      });
    }
    holdAfter(play, account, on);
    return async (played) => ({
      lines: (await played.penaltyLines(account.id, period)).map(penaltyLine),
      total: moneyOf(played.penalty(account.id, period)),
    });
  },
};

/** Months billed at a rouble for a kilowatt-hour, so that a month's sum is its volume. */
export const scenario: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["dueDates", "allocations"]),
  put(play, input) {
    play.isClosed = true;
    const on = input.day("calcDate");
    const last = monthOf(on);
    const charges = input.list("charges");
    const first = charges[0]?.month("period") ?? last;
    putPenaltyLaw(play, input);
    play.bill(first, last);
    putSwitches(play, first, input, PENALTY_SWITCHES);
    const account = putAccount(play, first, { category: putPrice(play, "1") });
    const sums = new Map(charges.map((row) => [row.month("period"), row.money("amount")]));
    putVolumes(play, account, { first, last, sums });
    for (const row of input.list("payments")) {
      const known = Math.max(first, Math.min(last, monthOf(row.day("date")))) as Month;
      pay(play, account, known, row, row.text("id"));
    }
    holdAfter(play, account, on);
    return async (played) => {
      const { principal, penalty: owed, balance } = played.closing(account.id, last);
      let debt = 0;
      for (const amount of principal.values()) debt += amount;
      let total = 0;
      for (let month = first; month <= last; month = addMonths(month, 1))
        total += played.penalty(account.id, month);
      return {
        penalty: {
          lines: (await played.penaltyLines(account.id, last)).map(penaltyLine),
          total: moneyOf(total),
        },
        principalDebt: moneyOf(debt),
        advance: moneyOf(debt + owed - balance),
        balance: moneyOf(balance),
      };
    };
  },
};

/** Kilowatt-hours at a rouble: 10⁻² ₽ is 10⁻² kWh. */
function putVolumes(
  play: Play,
  account: PlayedAccount,
  of: { readonly first: Month; readonly last: Month; readonly sums: ReadonlyMap<Month, number> },
): void {
  const { first, last, sums } = of;
  const serial = play.name(`M ${account.number}`);
  putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number }, digits: 9 });
  play.read(first, serial, lastDayOf(addMonths(first, -1)), { T0: "0" });
  let state = 0;
  for (let month = first; month <= last; month = addMonths(month, 1)) {
    state += sums.get(month) ?? 0;
    play.read(month, serial, lastDayOf(month), { T0: formatScaled(state, MONEY_SCALE) });
  }
}

/** Debts brought along and payments in one month; the closing has what is left. */
export const allocation: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["payments", "service"]),
  put(play, input) {
    play.isClosed = true;
    play.penaltyKey = "NONE";
    const payments = input.list("payments");
    const months = payments.map((row) => monthOf(row.day("date")));
    const period = months[0];
    if (period === undefined) throw new Error("no payments");
    requireFact(
      months.every((month) => month === period),
      "payments of several months",
    );
    requireFact(
      input.textOr("mode", "EARLIEST") === "EARLIEST" && !input.has("order"),
      "another order of debts",
    );
    play.step(period);
    const account = putIdle(play, period);
    for (const row of input.list("debts")) {
      const type = row.text("type");
      requireFact(
        type !== "COURT_COSTS" && !row.has("limitationExpires"),
        "court costs, or a term of limitation",
      );
      requireFact(row.textOr("service", "EE") === "EE", "several services");
      const kind = type === "PENALTY" ? "PENALTY" : "OPENING";
      play.openings.push({
        account: account.id,
        kind,
        origin: row.month("period"),
        amount: row.money("amount"),
      });
    }
    for (const row of payments) pay(play, account, period, row, row.text("id"));
    return (played) => {
      const { principal, penalty: owed, balance } = played.closing(account.id, period);
      let debt = owed;
      for (const amount of principal.values()) debt += amount;
      const rows = [...principal].map(([month, amount]) => ({
        ...{ period: month, type: "PRINCIPAL", amount: moneyOf(amount) },
      }));
      const penalties = input.list("debts").filter((row) => row.text("type") === "PENALTY");
      const [one] = penalties;
      requireFact(penalties.length <= 1, "several penalties");
      // A penalty stands by the month that posted it: the first one of the store here.
      const last =
        owed === 0 || one === undefined
          ? []
          : [{ period: one.text("period"), type: "PENALTY", amount: moneyOf(owed) }];
      return { remaining: [...rows, ...last], advance: moneyOf(debt - balance) };
    };
  },
};

/** The list of debtors at the end of a closed month. */
export const debtors: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    play.isClosed = true;
    const on = input.day("reportDate");
    const period = monthOf(on);
    requireFact(on === lastDayOf(period), "a list inside of a month: a closing is of its end");
    play.step(period);
    const account = putIdle(play, period);
    for (const row of input.list("periods")) {
      const origin = row.month("period");
      play.openings.push({
        account: account.id,
        kind: "OPENING",
        origin,
        amount: row.money("amount"),
      });
    }
    return async (played) => {
      const scope = { organisation: played.organisation, districts: null };
      const rows = await debtsOf(played.database, scope, play.shard, period);
      const own = rows.find(({ number }) => number === account.number);
      const debts = (own?.debts ?? []).map((debt) => ({
        period: debt.origin,
        amount: debt.amount,
      }));
      const listed = debtorRows(debts, on);
      return {
        rows: listed.rows.map((row) => ({
          period: formatMonth(row.period),
          amount: moneyOf(row.amount),
          days: row.daysFromAccrual,
        })),
        total: moneyOf(listed.total),
      };
    };
  },
};

const TURNOVER_MONTH = monthOf(day("2025-03-01"));

/** The turnover sheet of one month; sums charged are volumes at a rouble. */
export const osv: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    play.penaltyKey = "NONE";
    const period = TURNOVER_MONTH;
    // A recalculation is of a month that the store has billed.
    const before = addMonths(period, -1);
    play.bill(before, period);
    const rows = input.list("accounts");
    const total = (row: Input, name: string) => {
      let sum = 0;
      for (const item of row.listOrNone(name)) sum += item.asMoney();
      return sum;
    };
    requireFact(
      rows.every((row) => total(row, "writtenOff") === 0),
      "a sum written off",
    );
    requireFact(
      rows.every((row) => total(row, "penalty") === 0),
      "a penalty that no debt has accrued",
    );
    const category = putPrice(play, "1");
    const accounts = rows.map((row, index) => {
      const account = putAccount(play, period, { category });
      const whose = { account: account.number };
      putVolumes(play, account, {
        first: before,
        last: period,
        sums: new Map([[period, total(row, "charged")]]),
      });
      const opening = row.money("opening");
      if (opening !== 0)
        play.openings.push({
          account: account.id,
          kind: "OPENING",
          origin: before,
          amount: opening,
        });
      for (const [at, item] of row.listOrNone("paid").entries())
        play.step(period).money.push({
          ...{ account: account.number, id: play.name(`p${index}-${at}`), on: firstDay(period) },
          ...{ amount: item.asMoney(), reverses: null, period: null },
        });
      for (const [at, item] of row.listOrNone("recalc").entries())
        play.step(period).approved.push({
          ...{ kind: "manual-recalculation", action: "ADD", whose, name: `Р-${at}` },
          ...{ from: formatMonth(before), to: null, values: { amount: item.asText() } },
        });
      return account;
    });
    return async (played) =>
      turnover(
        played,
        period,
        accounts,
        rows.map((row) => row.text("account")),
      );
  },
};

async function turnover(
  played: Played,
  period: Month,
  accounts: readonly PlayedAccount[],
  names: readonly string[],
): Promise<Json> {
  const scope = { organisation: played.organisation, districts: null };
  const found = await turnoversOf(played.database, scope, played.play.shard, period);
  const rows = accounts.map((account, index) => {
    const row = found.find(({ number }) => number === account.number);
    const opening = row?.opening ?? kopecks(0);
    const { charged = 0, recalculated = 0, penalty: posted = 0, paid = 0 } = row ?? {};
    const sums = { opening, charged, recalc: recalculated, penalty: posted, paid };
    return { account: names[index] ?? "", ...turnoverJson(sums) };
  });
  const totals: Record<string, string> = {};
  for (const name of Object.keys(turnoverJson(NO_TURNOVER))) {
    let sum = 0;
    for (const row of rows) sum += Math.round(Number(row[name as "paid"]) * 100);
    totals[name] = moneyOf(sum);
  }
  return { rows, totals };
}

const NO_TURNOVER = { opening: 0, charged: 0, recalc: 0, penalty: 0, paid: 0 };

function turnoverJson(sums: Readonly<typeof NO_TURNOVER>) {
  const { opening, charged, recalc, penalty: posted, paid } = sums;
  const closing = opening + charged + recalc + posted - paid;
  return {
    openingDebit: moneyOf(Math.max(0, opening)),
    openingCredit: moneyOf(Math.max(0, -opening)),
    charged: moneyOf(charged),
    recalc: moneyOf(recalc),
    penalty: moneyOf(posted),
    paid: moneyOf(paid),
    writtenOff: "0.00",
    closingDebit: moneyOf(Math.max(0, closing)),
    closingCredit: moneyOf(Math.max(0, -closing)),
  };
}

/** Months of one account with its facts, each in the month in which it becomes known. */
export const accountHistory: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["reason", "schedule", "allocations"]),
  put(play, input) {
    play.isClosed = true;
    const of = new AccountPlay(play, input);
    for (const fact of input.list("facts")) of.enter(fact);
    return (played) => of.result(played);
  },
};

class AccountPlay {
  private readonly play: Play;
  private readonly first: Month;
  private readonly last: Month;
  private readonly account: PlayedAccount;
  /** Serials in the order of installation. */
  private readonly meters: string[] = [];
  private readonly manual = new Map<Month, { period: string; deltaAmount: string }[]>();

  constructor(play: Play, input: Input) {
    this.play = play;
    this.first = input.month("from");
    this.last = input.month("to");
    play.bill(this.first, this.last);
    putPenaltyLaw(play, input);
    putSwitches(play, this.first, input, PENALTY_SWITCHES);
    play.switch(this.first, "norm.k.noMeter", "1");
    const category = putTariffs(play, "tariff", input.list("tariffs"));
    const table = input.listOrNone("normTable").map((value) => value.asText());
    let persons = 0;
    for (const row of input.listOrNone("residents")) persons += row.integer("count");
    const norm = table.length === 0 ? null : putNorm(play, table);
    this.account = putAccount(play, this.first, { category, norm }, persons === 0 ? 1 : persons);
    if (input.has("meter")) this.putMeter(input);
    for (const row of input.listOrNone("opening")) {
      const origin = row.month("period");
      play.openings.push({
        account: this.account.id,
        kind: "OPENING",
        origin,
        amount: row.money("amount"),
      });
    }
  }

  private putMeter(input: Input): void {
    const meter = input.at("meter");
    const states = meter.at("readings");
    const zones = states.keys().map(zoneOf);
    const digits = meter.integerOr("digits", 6);
    const serial = this.install(zones, digits);
    const volumes = input
      .listOrNone("history")
      .map((row) => Object.fromEntries(row.keys().map((zone) => [zone, row.volume(zone)])));
    const end = Object.fromEntries(zones.map((zone) => [zone, states.volume(zone)]));
    if (volumes.length > 0) {
      requireFact(
        meter.day("date") === lastDayOf(addMonths(this.first, -1)),
        "a start inside of a month",
      );
      putHistory(this.play, this.first, serial, {
        last: addMonths(this.first, -1),
        end,
        volumes,
        digits,
      });
    } else this.play.read(this.first, serial, meter.day("date"), textsOf(states));
  }

  private install(
    zones: readonly ReturnType<typeof zoneOf>[],
    digits: number,
    acts: { from?: Day; known?: Month } = {},
  ): string {
    const serial = this.play.name(`M${this.meters.length + 1}`);
    const before = this.meters.at(-1);
    putMeter(this.play, acts.known ?? this.first, {
      ...{ serial, zones, digits, whose: { account: this.account.number } },
      ...(acts.from === undefined ? {} : { from: acts.from }),
      ...(before === undefined ? {} : { replaces: before }),
    });
    this.meters.push(serial);
    return serial;
  }

  enter(fact: Input): void {
    const { play, account } = this;
    const known = fact.month("known");
    const whose = { account: account.number };
    const serial = this.meters.at(-1) ?? "";
    const name = fact.text("fact");
    switch (name) {
      case "READING": {
        const source = fact.textOr("source", "CONSUMER") === "CONTROLLER" ? "CONTROLLER" : "PORTAL";
        play.read(known, serial, fact.day("date"), textsOf(fact.at("values")), { source });
        return;
      }
      case "REPLACED": {
        const on = fact.day("date");
        const removed = fact.text("date");
        play.enter(known, "meter", {
          action: "END",
          whose: { meter: serial },
          from: null,
          to: removed,
        });
        play.read(known, serial, on, textsOf(fact.at("removed")), { source: "CONTROLLER" });
        const states = fact.at("installed");
        const zones = states.keys().map(zoneOf);
        const next = this.install(zones, fact.integerOr("digits", 6), { from: on, known });
        play.read(known, next, on, textsOf(states), { source: "CONTROLLER" });
        return;
      }
      case "DISCONNECTED": {
        const from = formatDay((fact.day("date") + 1) as Day);
        play.enter(known, "stop", { whose, from, values: { reason: "SUSPENDED" } });
        if (!fact.has("reading")) return;
        // A device is believed of the past; what was told of the days after it stands corrected.
        const texts = textsOf(fact.at("reading"));
        play.read(known, serial, fact.day("date"), texts, { source: "AMI" });
        for (const month of this.readAfter(serial, fact.day("date")))
          play.read(known, serial, month, texts, { source: "AMI" });
        return;
      }
      case "CONNECTED": {
        const to = formatDay((fact.day("date") - 1) as Day);
        play.enter(known, "stop", { action: "END", whose, from: null, to });
        return;
      }
      case "RESIDENTS": {
        const values = { count: fact.text("count") };
        play.enter(known, "residents", {
          action: "CORRECT",
          whose,
          from: fact.text("from"),
          values,
        });
        return;
      }
      case "MANUAL": {
        const period = fact.text("period");
        play.step(known).approved.push({
          ...{ kind: "manual-recalculation", action: "ADD", whose, name: `Р-${known}` },
          ...{ from: period, to: null, values: { amount: fact.text("amount") } },
        });
        const same = this.manual.get(known) ?? [];
        this.manual.set(known, [...same, { period, deltaAmount: moneyOf(fact.money("amount")) }]);
        return;
      }
      default:
        this.enterMoney(fact, known);
    }
  }

  private enterMoney(fact: Input, known: Month): void {
    const { play, account } = this;
    const whose = { account: account.number };
    const name = fact.text("fact");
    if (name === "PAYMENT") pay(play, account, known, fact, fact.text("id"));
    else if (name === "REVERSAL") {
      const paid = [...play.steps.values()]
        .flatMap(({ money }) => money)
        .find(({ id }) => id === play.name(fact.text("of")));
      if (paid === undefined) throw new Error(`no payment ${fact.text("of")}`);
      play.step(known).money.push({
        ...paid,
        id: play.name(fact.text("id")),
        on: fact.day("date"),
        reverses: paid.id,
      });
    } else if (name === "INSTALMENT") {
      // Agreed days: to the last date of the schedule, see `instalment`.
      const to = formatDay(lastDue(fact));
      const from = fact.text("date");
      play.enter(known, "penalty-hold", {
        whose,
        name: "Р",
        from,
        to,
        values: { reason: "INSTALMENT" },
      });
    } else if (name === "INSTALMENT_ENDED")
      play.enter(known, "penalty-hold", {
        action: "END",
        whose,
        name: "Р",
        from: null,
        to: fact.text("date"),
      });
    else throw new Error(`fact ${name}`);
  }

  /** Days after which the meter was read already. */
  private readAfter(serial: string, on: Day): readonly Day[] {
    return [...this.play.steps.values()]
      .flatMap(({ readings }) => readings)
      .filter((reading) => reading.meter === serial && reading.on > on)
      .map((reading) => reading.on);
  }

  result(played: Played): Json {
    const months: Json[] = [];
    let accrued = 0;
    const turnovers = { opening: 0, charged: 0, recalc: 0, penalty: 0, paid: 0 };
    for (const { amount } of this.play.openings) turnovers.opening += amount;
    for (let period = this.first; period <= this.last; period = addMonths(period, 1)) {
      const text = formatMonth(period);
      const lines = played.linesOf(this.account.id, period);
      const own = lines.filter(({ origin }) => origin === text);
      const posted = played.penalty(this.account.id, period);
      accrued += posted;
      const { principal, penalty: owed, balance } = played.closing(this.account.id, period);
      let debt = 0;
      for (const amount of principal.values()) debt += amount;
      turnovers.charged += sumOf(own).amount;
      turnovers.recalc += sumOf(lines).amount - sumOf(own).amount;
      months.push({
        period: text,
        lines: merged(own, (line) => `${line.kind} ${line.zone} ${line.tariffFrom}`).map(
          (line) => ({
            kind: line.kind,
            zone: line.zone,
            volume: volumeOf(line.volume),
            price: priceOf(line.price),
            amount: moneyOf(line.amount),
          }),
        ),
        corrections: this.corrections(played, text, this.manual.get(period) ?? []),
        penalty: { accrued: moneyOf(accrued), posted: moneyOf(posted) },
        closing: {
          principal: moneyOf(debt),
          penalty: moneyOf(owed),
          advance: moneyOf(debt + owed - balance),
          balance: moneyOf(balance),
        },
      });
    }
    turnovers.penalty = accrued;
    for (const { money } of this.play.steps.values())
      for (const { amount, reverses } of money)
        turnovers.paid += reverses === null ? amount : -amount;
    return { months, osv: turnoverJson(turnovers) };
  }

  private corrections(
    played: Played,
    period: string,
    manual: readonly { period: string; deltaAmount: string }[],
  ): Json[] {
    const all = played.lines.filter(({ account }) => account === this.account.id);
    const now = all.filter((line) => line.period === period && line.origin !== period);
    const regular = now.filter(({ kind }) => kind !== "MANUAL");
    const rows = [...new Set(regular.map(({ origin }) => origin))].sort().flatMap((origin) =>
      ZONES.flatMap((zone) => {
        const of = (lines: typeof all) =>
          sumOf(
            lines.filter(
              (line) => line.origin === origin && line.zone === zone && line.kind !== "MANUAL",
            ),
          );
        const delta = of(regular);
        if (!regular.some((line) => line.origin === origin && line.zone === zone)) return [];
        const before = of(all.filter((line) => line.period < period));
        return [
          {
            period: origin,
            zone,
            oldVolume: volumeOf(before.volume),
            newVolume: volumeOf(before.volume + delta.volume),
            deltaVolume: volumeOf(delta.volume),
            deltaAmount: moneyOf(delta.amount),
          },
        ];
      }),
    );
    const entered = now
      .filter(({ kind }) => kind === "MANUAL")
      .map(({ origin, amount }) => ({ period: origin, deltaAmount: moneyOf(amount) }));
    return manual.length === 0 && entered.length === 0 ? rows : [...entered, ...rows];
  }
}

function textsOf(states: Input): Readonly<Record<string, string>> {
  return Object.fromEntries(states.keys().map((zone) => [zone, states.text(zone)]));
}

/** Months of the plan from its first date on, as `instalmentSchedule` has them. */
function lastDue(fact: Input): Day {
  const first = fact.day("firstDue");
  const month = addMonths(monthOf(first), fact.integer("months") - 1);
  const of = firstDay(month) + (first - firstDay(monthOf(first)));
  return Math.min(of, lastDayOf(month)) as Day;
}
