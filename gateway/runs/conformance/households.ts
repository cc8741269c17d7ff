import { meteredMonth, zoneOf } from "../../../billing/conformance/households.ts";
import { Input } from "../../../billing/conformance/input.ts";
import {
  addMonths,
  type Day,
  daysIn,
  firstDay,
  formatDay,
  formatMonth,
  type Month,
  month,
  monthOf,
} from "../../../normalizer/model/dates.ts";
import { ZONES, type Zone } from "../../../normalizer/model/lines.ts";
import { multiplyDivideRound } from "../../../normalizer/model/units.ts";
import { LONG_AGO, type Play } from "./play.ts";
import {
  kwh,
  lastDayOf,
  limitsOf,
  merged,
  moneyOf,
  personSpans,
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

const ZONE_ORDER = ["T0", "T1", "T3", "T2"];

/** Segments are meters of one account one after the other, with the states of their acts. */
export const meter: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["segments"]),
  put(play, input) {
    const period = input.month("period");
    const category = putTariffs(play, "tariff", input.list("tariffs"), limitsOf(input));
    putSwitches(play, period, input, { splitMode: "tariffChange.splitMode" });
    const ranges = input.has("ranges") ? input.at("ranges") : null;
    if (ranges !== null) {
      requireFact(!ranges.has("months"), "the months that a reading covers come from its dates");
      play.switch(period, "tariff.scheme", ranges.flag("exempt", false) ? "FLAT" : "RANGES");
      putSwitches(play, period, ranges, {
        seasonK: "ranges.seasonK",
        zoneAllocation: "ranges.zoneAllocation",
        multiMonth: "ranges.multiMonth",
      });
    }
    const account = putAccount(play, period, { category });
    const segments = input.list("segments");
    const serials = segments.map((segment, index) =>
      play.name(segment.textOr("meter", `M${index}`)),
    );
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1];
      const serial = serials[index] ?? "";
      const before = serials[index - 1];
      const readings = segment.at("readings");
      const zones = readings.keys().map(zoneOf);
      const state = (at: 0 | 1) =>
        Object.fromEntries(zones.map((zone) => [zone, readings.list(zone)[at]?.asText() ?? ""]));
      putMeter(play, period, {
        serial,
        zones,
        whose: { account: account.number },
        digits: segment.integerOr("digits", 6),
        ratio: segment.textOr("kt", "1"),
        ...(before === undefined ? {} : { from: segment.day("from"), replaces: before }),
        ...(next === undefined ? {} : { to: segment.day("to") }),
      });
      if (index === 0) putGapHistory(play, input, segment, serial);
      play.read(period, serial, segment.day("from"), state(0));
      play.read(period, serial, segment.day("to"), state(1));
    }
    return (played) => {
      const lines = played.linesOf(account.id, period);
      const rows = merged(lines, ({ tariffFrom, zone, range }) => `${tariffFrom} ${zone} ${range}`)
        .toSorted(
          (a, b) =>
            String(a.tariffFrom).localeCompare(String(b.tariffFrom)) ||
            ZONE_ORDER.indexOf(a.zone) - ZONE_ORDER.indexOf(b.zone) ||
            a.range - b.range,
        )
        .map((line) => ({
          tariffFrom: line.tariffFrom,
          zone: line.zone,
          range: line.range,
          volume: volumeOf(line.volume),
          price: priceOf(line.price),
          amount: moneyOf(line.amount),
        }));
      const { volume, amount } = sumOf(lines);
      return { volume: volumeOf(volume), lines: rows, total: moneyOf(amount) };
    };
  },
};

/** The days between two meters are billed by a mean: months before that had it. */
function putGapHistory(play: Play, input: Input, segment: Input, serial: string): void {
  const period = input.month("period");
  const [addition, another] = input.listOrNone("additions");
  if (addition === undefined) return;
  const days = addition.integerOr("days", 0);
  requireFact(another === undefined && days > 0, "energy outside of the meters without its days");
  const whole = multiplyDivideRound(addition.volume("volume"), daysIn(period), days);
  const mean = Math.round(whole / 10_000) * 10_000;
  requireFact(
    multiplyDivideRound(mean, days, daysIn(period)) === addition.volume("volume"),
    "energy outside of the meters that no mean gives",
  );
  const zone = zoneOf(addition.text("zone"));
  const end = segment.at("readings").list(zone)[0]?.asVolume() ?? 0;
  const volumes = Array.from({ length: 3 }, () => ({ [zone]: mean }));
  const before = addMonths(period, -1);
  requireFact(
    segment.day("from") === lastDayOf(before),
    "a first meter not read at the month's end",
  );
  const state = Object.fromEntries([[zone, end - mean]]);
  const older = volumes.slice(1);
  putHistory(play, period, serial, { last: addMonths(before, -1), end: state, volumes: older });
}

/** No meter, the norm of as many persons as each day has. */
export const norm: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const period = input.month("period");
    const category = putPrice(play, input.text("price"));
    const code = putNorm(play, [input.text("norm")]);
    const account = play.account({ category, norm: code });
    const whose = { account: account.number };
    for (const { from, to, persons } of personSpans(input.list("persons"), period)) {
      play.enter(period, "residents", {
        whose,
        from: formatDay(from),
        to: formatDay(to),
        values: { count: String(persons) },
      });
    }
    const k = input.scaledOr("k", 2, 100);
    if (k >= 100) play.switch(period, "norm.k.noMeter", String(k / 100));
    else {
      play.switch(period, "norm.k.noMeter", "1");
      play.switch(period, "meterDelay.k", String(k / 100));
      const from = formatDay(firstDay(addMonths(period, -13)));
      play.enter(period, "meter-delay", { whose, from, values: { act: "1" } });
    }
    const active = input.integerOr("activeDays", daysIn(period));
    if (active < daysIn(period)) {
      const from = formatDay((firstDay(period) + active) as Day);
      const to = formatDay(lastDayOf(period));
      play.enter(period, "stop", { whose, from, to, values: { reason: "SUSPENDED" } });
    }
    return (played) => {
      const lines = played.linesOf(account.id, period);
      const { volume, amount } = sumOf(lines);
      return {
        volume: volumeOf(volume),
        lines: lines.map(({ kind, ...line }) => ({
          kind,
          volume: volumeOf(line.volume),
          // A delay has a sum and no price of its own.
          price: line.price === null ? input.text("price") : priceOf(line.price),
          amount: moneyOf(line.amount),
        })),
        total: moneyOf(amount),
      };
    };
  },
};

/** A month without a reading after months that were read; months by other methods are billed so by the store. */
export const average: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["monthsUsed"]),
  put(play, input) {
    const period = input.month("period");
    const history = input.list("history").map(meteredMonth);
    requireFact(!input.has("days"), "a part of a month that the mean is for");
    requireFact(
      history.every(({ month }, index) => month === addMonths(period, index - history.length)),
      "months of the history that are not there",
    );
    const firstBilled = history.find(({ method }) => method !== "METER")?.month ?? period;
    const zones = ZONES.filter((zone) =>
      history.some(({ volumes }) => volumes[zone] !== undefined),
    );
    const prices = Object.fromEntries(zones.map((zone) => [zone, ["1"]]));
    const category = play.name("tariff");
    play.law.push(play.lawFact("tariff", category, LONG_AGO, { prices: { T0: ["1"], ...prices } }));
    putSwitches(play, firstBilled, input, { source: "average.source", scale: "average.scale" });
    const account = putAccount(play, firstBilled, { category, norm: putNorm(play, ["93"]) });
    const serial = play.name("M");
    putMeter(play, firstBilled, { serial, zones, whose: { account: account.number } });
    play.bill(firstBilled, period);
    const state: Partial<Record<Zone, number>> = {};
    const send = (on: typeof period) => {
      const texts = zones.map((zone) => [zone, kwh(state[zone] ?? 0)]);
      const known = on < firstBilled ? firstBilled : on;
      play.read(known, serial, lastDayOf(on), Object.fromEntries(texts));
    };
    for (const zone of zones) state[zone] = 10_000_000;
    send(addMonths(period, -history.length - 1));
    for (const { month, method, volumes } of history) {
      if (method === "METER")
        for (const zone of zones) state[zone] = (state[zone] ?? 0) + (volumes[zone] ?? 0);
      else {
        const days = { from: formatDay(firstDay(month)), to: formatDay(lastDayOf(month)) };
        play.enter(month, "meter-fault", {
          whose: { meter: serial },
          ...days,
          values: { fault: "BROKEN" },
        });
      }
      send(month);
    }
    return (played) => {
      const lines = played
        .linesOf(account.id, period)
        .filter(({ origin }) => origin === formatMonth(period));
      const [first] = lines;
      const volumes = lines.map(({ zone, volume }) => [zone, volumeOf(volume)]);
      return {
        method: first?.kind ?? "",
        volumes: first?.kind === "AVERAGE" ? Object.fromEntries(volumes) : {},
      };
    };
  },
};

/** Months one after the other, each closed before the next; the mean is that of months brought along. */
export const timeline: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const rows = input.list("months");
    const start = input.at("start");
    const first = rows[0]?.month("period") ?? monthOf(start.day("date"));
    requireFact(start.day("date") === lastDayOf(addMonths(first, -1)), "a start inside of a month");
    const category = putTariffs(play, "tariff", input.list("tariffs"));
    const account = putAccount(play, first, {
      category,
      norm: putNorm(play, [input.text("normVolume")]),
    });
    putSwitches(play, first, input, {
      limit: "average.maxPeriods",
      kAfter: "norm.k.p59b",
      trueUp: "lateReading.mode.consumer",
    });
    const serial = play.name("M");
    const digits = input.integerOr("digits", 6);
    putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number }, digits });
    const mean = input.has("avg") ? input.volume("avg") : null;
    const reading = start.volume("reading");
    const count = mean === null ? 0 : Math.min(6, Math.floor(reading / Math.max(mean, 1)));
    requireFact(mean === null || count >= 3, "a start below the mean's months");
    putHistory(play, first, serial, {
      last: addMonths(first, -1),
      end: { T0: reading },
      volumes: Array.from({ length: count }, () => ({ T0: mean ?? 0 })),
      digits,
    });
    for (const row of rows) {
      const month = row.month("period");
      play.step(month);
      if (row.has("reading")) play.read(month, serial, row.day("to"), { T0: row.text("reading") });
    }
    return (played) => {
      let total = 0;
      const months = rows.map((row) => {
        const period = row.month("period");
        const lines = played.linesOf(account.id, period);
        total += sumOf(lines).amount;
        const own = lines.filter(({ origin }) => origin === formatMonth(period));
        const { volume, amount } = sumOf(own);
        return {
          period: formatMonth(period),
          method: own[0]?.kind ?? "",
          volume: volumeOf(volume),
          price: priceOf(own[0]?.price ?? null),
          amount: moneyOf(amount),
          corrections: correctionsOf(played.lines, account.id, formatMonth(period)),
        };
      });
      return { months, total: moneyOf(total) };
    };
  },
};

/** What a month changes of earlier ones, by origin, against all that was posted of it before. */
export function correctionsOf(
  lines: Parameters<typeof sumOf>[0],
  account: number,
  period: string,
): Record<string, string>[] {
  const own = lines.filter((line) => line.account === account);
  const now = own.filter((line) => line.period === period && line.origin !== period);
  return [...new Set(now.map(({ origin }) => origin))].sort().map((origin) => {
    const before = sumOf(own.filter((line) => line.origin === origin && line.period < period));
    const delta = sumOf(now.filter((line) => line.origin === origin));
    return {
      period: origin,
      oldVolume: volumeOf(before.volume),
      newVolume: volumeOf(before.volume + delta.volume),
      deltaVolume: volumeOf(delta.volume),
      oldAmount: moneyOf(before.amount),
      newAmount: moneyOf(before.amount + delta.amount),
      deltaAmount: moneyOf(delta.amount),
    };
  });
}

/** By norm where a meter is impossible; the application is for the month that the family comes back in. */
export const absence: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const first = monthOf(input.day("left"));
    const last = monthOf(input.day("returned"));
    const category = putPrice(play, input.text("price"));
    const persons = input.integer("persons");
    const account = putAccount(
      play,
      first,
      { category, norm: putNorm(play, [input.text("norm")]) },
      persons,
    );
    const whose = { account: account.number };
    play.switch(first, "norm.k.noMeter", "1");
    play.bill(first, last);
    if (!input.flag("technicallyFeasible", false))
      play.enter(first, "meter-impossible", { whose, values: { act: "1" } });
    if (input.flag("hasMeter", false)) {
      const serial = play.name("M");
      putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number } });
    }
    const days = { from: input.text("left"), to: input.text("returned") };
    play.enter(last, "absence", {
      whose,
      name: "З-1",
      ...days,
      values: { persons: String(persons) },
    });
    return (played) => {
      const lines = played.lines.filter(
        ({ account: of, kind }) => of === account.id && kind === "ABSENCE",
      );
      const months = [...new Set(lines.map(({ origin }) => origin))].sort().map((period) => {
        const { volume, amount } = sumOf(lines.filter(({ origin }) => origin === period));
        return { period, volume: volumeOf(volume), amount: moneyOf(amount) };
      });
      return { eligible: lines.length > 0, months, total: moneyOf(sumOf(lines).amount) };
    };
  },
  want: (expected) => without(expected, ["fullDays", "reason", "days"]),
};

/** The act is entered in the last month that it touches; its months are billed by the meter as the case has them. */
export const tamper: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const isTamper = input.text("type") === "TAMPER";
    const detected = monthOf(input.day("detected"));
    const last = monthOf(input.day("eliminated"));
    const charged = input.has("charged") ? input.entries("charged") : [];
    const months = charged.map(([text]) => text).sort();
    // A month before the first one of the store was billed elsewhere: nothing is charged for it here.
    const first = months.length === 0 ? startOf(input) : addMonths(last, 1 - months.length);
    requireFact(
      months.length === 0 || months[0] === formatMonth(first),
      "charged months with a hole",
    );
    requireFact(detected <= last, "an act before its check");
    const category = putTariffs(play, "tariff", input.list("tariffs"));
    const code = input.has("norm") ? putNorm(play, [input.text("norm")]) : null;
    const persons = input.has("persons") ? input.integer("persons") : 0;
    const account = putAccount(play, first, { category, norm: code }, persons);
    const whose = { account: account.number };
    play.bill(first, last);
    if (input.has("owners"))
      play.enter(first, "owners", { whose, values: { count: input.text("owners") } });
    putSwitches(play, first, input, {
      deduct: "tamper.deductCharged",
      includeEndDate: "tamper.includeEndDate",
    });
    if (charged.length > 0) {
      const serial = play.name("M");
      putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number } });
      let state = 0;
      play.read(first, serial, lastDayOf(addMonths(first, -1)), { T0: "0" });
      for (const [text, volume] of [...charged].sort(([a], [b]) => a.localeCompare(b))) {
        state += volume.asVolume();
        const billed = month(text);
        play.read(billed, serial, lastDayOf(billed), { T0: kwh(state) });
      }
    }
    const optional = {
      sealDate: "sealed",
      prevCheck: "previousCheck",
      connectDate: "connected",
      powerKw: "powerKw",
    };
    const values: Record<string, string> = {
      type: input.text("type"),
      detected: input.text("detected"),
      eliminated: input.text("eliminated"),
    };
    for (const [name, field] of Object.entries(optional))
      if (input.has(name)) values[field] = input.text(name);
    play.enter(last, "breach", { whose, name: "А-1", from: null, values });
    return (played) => {
      const kind = isTamper ? "TAMPER" : "UNAUTHORISED";
      const lines = played.lines.filter(
        (line) => line.account === account.id && line.kind === kind,
      );
      const rows = [...new Set(lines.map(({ origin }) => origin))].sort().map((period) => {
        const { volume, amount } = sumOf(lines.filter(({ origin }) => origin === period));
        return { period, net: volumeOf(volume), amount: moneyOf(amount) };
      });
      const { volume, amount } = sumOf(lines);
      return { months: rows, volume: volumeOf(volume), total: moneyOf(amount) };
    };
  },
  want: (expected) => {
    const rows = without(expected, ["days", "gross", "deducted"]);
    return without(rows, ["from", "to"]);
  },
};

function startOf(input: Input): Month {
  if (input.has("connectDate")) return monthOf(input.day("connectDate"));
  const earliest = addMonths(monthOf(input.day("detected")), -3);
  return input.has("prevCheck")
    ? (Math.max(earliest, monthOf(input.day("prevCheck"))) as Month)
    : earliest;
}

/** A house by norm with uses of its plot. */
export const landPlot: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const period = month("2025-03");
    const category = putPrice(play, input.text("price"));
    const persons = input.integer("persons");
    const account = putAccount(
      play,
      period,
      { category, norm: putNorm(play, [input.text("norm")]) },
      persons,
    );
    const whose = { account: account.number };
    play.switch(period, "norm.k.noMeter", "1");
    const uses = input.list("uses");
    for (const row of uses) {
      const use = play.name(row.text("use"));
      const body = { perUnit: row.text("norm"), unit: "ед." };
      play.law.push(play.lawFact("plot-norm", use, LONG_AGO, body));
      play.enter(period, "plot-use", { whose, name: use, values: { units: row.text("units") } });
    }
    return (played) => {
      const lines = played.linesOf(account.id, period);
      const plots = lines.filter(({ kind }) => kind === "PLOT");
      const rows = lines
        .filter(({ kind }) => kind === "NORM")
        .map(({ volume, amount }) => ({
          kind: "HOUSE",
          volume: volumeOf(volume),
          amount: moneyOf(amount),
        }));
      // A line does not name its use; the case's own order of uses is by name in the store.
      const byVolume = uses.map((row) => {
        const wanted = multiplyDivideRound(row.volume("norm"), row.scaled("units", 4), 10_000);
        const line = plots.find(({ volume }) => volume === wanted);
        return {
          kind: row.text("use"),
          volume: volumeOf(line?.volume ?? 0),
          amount: moneyOf(line?.amount ?? 0),
        };
      });
      const { volume, amount } = sumOf(lines);
      return { lines: [...rows, ...byVolume], volume: volumeOf(volume), total: moneyOf(amount) };
    };
  },
};

/** A metered month with the discount in the receipt. */
export const benefit: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => without(expected, ["benefitVolume"]),
  put(play, input) {
    const period = month("2025-03");
    const category = putPrice(play, input.text("price"));
    const account = putAccount(play, period, { category }, input.integer("registered"));
    const whose = { account: account.number };
    play.switch(period, "benefit.method", "IN_RECEIPT");
    const serial = play.name("M");
    putMeter(play, period, { serial, zones: ["T0"], whose });
    play.read(period, serial, lastDayOf(addMonths(period, -1)), { T0: "0" });
    play.read(period, serial, lastDayOf(period), { T0: input.text("volume") });
    play.enter(period, "benefit", {
      whose,
      name: "ВЕТЕРАН",
      values: {
        beneficiaries: input.text("beneficiaries"),
        standard: input.text("stdPerPerson"),
        percent: input.text("percent"),
        family: String(input.flag("family", false)),
      },
    });
    return (played) => {
      const lines = played.linesOf(account.id, period);
      const of = (isBenefit: boolean) =>
        sumOf(lines.filter(({ kind }) => (kind === "BENEFIT") === isBenefit)).amount;
      return {
        charged: moneyOf(of(false)),
        discount: moneyOf(of(true)),
        payable: moneyOf(sumOf(lines).amount),
      };
    };
  },
};

/** Months that the store bills, then a stop or its end that becomes known after them. */
export const retro: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const rows = input.list("charged");
    const first = rows[0]?.month("period");
    const last = rows.at(-1)?.month("period");
    if (first === undefined || last === undefined) throw new Error("no months");
    const isConnect = input.text("op") === "CONNECT";
    requireFact(
      rows.every(
        (row, index) =>
          row.month("period") === addMonths(first, index) &&
          row.day("from") === lastDayOf(addMonths(first, index - 1)) &&
          row.day("to") === lastDayOf(addMonths(first, index)),
      ),
      "periods that are no months",
    );
    const category = play.name("tariff");
    for (const [index, row] of rows.entries()) {
      const from = index === 0 ? LONG_AGO : formatDay(firstDay(row.month("period")));
      const to = rows[index + 1]?.month("period");
      const body = { prices: { T0: [row.text("price")] } };
      play.law.push(
        play.lawFact("tariff", category, from, body, to === undefined ? null : firstDay(to)),
      );
    }
    const methods = rows.map((row) => row.text("method"));
    const volumes = rows.map((row) => row.volume(row.has("fullVolume") ? "fullVolume" : "volume"));
    const estimated = volumes[methods.findIndex((method) => method !== "METER")] ?? 0;
    requireFact(
      rows.every((_, index) => methods[index] === "METER" || volumes[index] === estimated),
      "estimates that differ",
    );
    const isByNorm = methods.every((method) => method === "NORM");
    const norm = putNorm(play, [kwh(isByNorm ? estimated : 1)]);
    const account = putAccount(play, first, { category, norm });
    const whose = { account: account.number };
    play.switch(first, "norm.k.noMeter", "1");
    const known = addMonths(last, 1);
    play.bill(first, known);
    const serial = play.name("M");
    if (!isByNorm) putReadings(play, { input, rows, first, estimated, serial, whose });
    const on = input.day("date");
    if (isConnect) {
      play.enter(first, "stop", { whose, values: { reason: "SUSPENDED" } });
      const to = formatDay((on - 1) as Day);
      play.enter(known, "stop", { action: "END", whose, from: null, to });
    } else {
      const from = formatDay((on + 1) as Day);
      play.enter(known, "stop", { whose, from, values: { reason: "SUSPENDED" } });
      if (input.has("reading"))
        play.read(known, serial, on, { T0: input.text("reading") }, { source: "AMI" });
    }
    return (played) => {
      const corrections = correctionsOf(played.lines, account.id, formatMonth(known));
      const total = sumOf(
        played.linesOf(account.id, known).filter(({ origin }) => origin !== formatMonth(known)),
      );
      return {
        corrections: corrections.map(({ oldAmount: _, newAmount: __, ...row }) => row),
        total: moneyOf(total.amount),
      };
    };
  },
};

/** Metered months first; the mean of the others is that of three months before and of these. */
function putReadings(
  play: Play,
  of: {
    readonly input: Input;
    readonly rows: readonly Input[];
    readonly first: ReturnType<typeof monthOf>;
    readonly estimated: number;
    readonly serial: string;
    readonly whose: { readonly account: string };
  },
): void {
  const { rows, first, estimated, serial, whose } = of;
  const metered = rows.filter((row) => row.text("method") === "METER");
  requireFact(
    rows.every((row, index) => index >= metered.length || row.text("method") === "METER"),
    "a reading after estimated months",
  );
  let measured = 0;
  for (const row of metered) measured += row.volume("volume");
  const before = (estimated * (3 + metered.length) - measured) / 3;
  requireFact(
    metered.length === rows.length || (before >= 0 && Number.isInteger(before)),
    "a mean no months give",
  );
  const start =
    metered[0]?.has("readingFrom") === true ? metered[0].volume("readingFrom") : 10_000_000;
  putMeter(play, first, { serial, zones: ["T0"], whose });
  putHistory(play, first, serial, {
    last: addMonths(first, -1),
    end: { T0: start },
    volumes:
      metered.length === rows.length ? [] : Array.from({ length: 3 }, () => ({ T0: before })),
  });
  let state: number = start;
  for (const row of metered) {
    state += row.volume("volume");
    const month = row.month("period");
    play.read(month, serial, lastDayOf(month), { T0: kwh(state) });
  }
}

/** Months by the old prices, then an order that changes them from the first of these months on. */
export const retariff: StoredKind = {
  site: "PRIVATE_HOUSE",
  put(play, input) {
    const rows = input.list("charged");
    const first = rows[0]?.month("period");
    const last = rows.at(-1)?.month("period");
    if (first === undefined || last === undefined) throw new Error("no months");
    const lines = rows.flatMap((row) => row.list("lines"));
    requireFact(
      lines.every((line) => line.textOr("zone", "T0") === "T0"),
      "several zones",
    );
    const ranges = Math.max(...lines.map((line) => line.integer("range")));
    const of = (range: number, name: "oldPrice" | "newPrice") =>
      lines.find((line) => line.integer("range") === range)?.text(name) ?? "1";
    const limits = Array.from({ length: ranges - 1 }, (_, index) => {
      const full = lines.find((line) => line.integer("range") === index + 1);
      return full?.volume("volume") ?? 1_000_000;
    });
    const category = play.name("tariff");
    const bodyOf = (name: "oldPrice" | "newPrice") => ({
      prices: { T0: Array.from({ length: ranges }, (_, index) => of(index + 1, name)) },
      ...(ranges === 1 ? {} : { limits: limits.map(kwh) }),
    });
    play.law.push(play.lawFact("tariff", category, LONG_AGO, bodyOf("oldPrice")));
    const account = putAccount(play, first, { category });
    if (ranges > 1) play.switch(first, "tariff.scheme", "RANGES");
    const known = addMonths(last, 1);
    play.bill(first, known);
    play.step(known).law.push(play.lawFact("tariff", category, LONG_AGO, bodyOf("newPrice")));
    const serial = play.name("M");
    putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number } });
    let state = 0;
    play.read(first, serial, lastDayOf(addMonths(first, -1)), { T0: "0" });
    for (const row of rows) {
      const own = row.list("lines");
      const top = Math.max(...own.map((line) => line.integer("range")));
      for (let range = 1; range <= top; range += 1) {
        const line = own.find((item) => item.integer("range") === range);
        state += line?.volume("volume") ?? limits[range - 1] ?? 0;
      }
      const month = row.month("period");
      play.read(month, serial, lastDayOf(month), { T0: kwh(state) });
    }
    // Without a reading the account would wait for a norm, its differences too.
    play.read(known, serial, lastDayOf(known), { T0: kwh(state) });
    return (played) => {
      let total = 0;
      const corrections = rows.map((row) => {
        const period = row.text("period");
        const own = played.lines.filter(
          (line) => line.account === account.id && line.origin === period,
        );
        return {
          period,
          lines: row.list("lines").map((line) => {
            const range = line.integer("range");
            const same = own.filter((item) => item.range === range);
            const old = sumOf(same.filter((item) => item.period === period)).amount;
            const delta = sumOf(same.filter((item) => item.period !== period)).amount;
            total += delta;
            return {
              zone: "T0",
              range,
              oldAmount: moneyOf(old),
              newAmount: moneyOf(old + delta),
              deltaAmount: moneyOf(delta),
            };
          }),
        };
      });
      return { corrections, total: moneyOf(total) };
    };
  },
};

/** A reading as its control judges it at intake, and what the month bills of it. */
export const readingControl: StoredKind = {
  site: "PRIVATE_HOUSE",
  want: (expected) => {
    const isBilled = new Input(expected, "expected").text("status") === "ACCEPTED";
    return without(expected, isBilled ? ["ratio"] : ["ratio", "volume"]);
  },
  put(play, input) {
    const read = input.day("curDate");
    const before = input.day("prevDate");
    const period = monthOf(read);
    requireFact(
      !input.has("today") || read <= input.day("today"),
      "a day of receipt before the reading",
    );
    requireFact(read > before, "a reading that is not after the one before");
    const category = putPrice(play, "1");
    const account = putAccount(play, period, {
      category,
      ...(input.has("maxPowerKw") ? { maxPowerKw: input.text("maxPowerKw") } : {}),
    });
    putSwitches(play, period, input, { kMax: "control.kMax" });
    const serial = play.name("M");
    const digits = input.integer("digits");
    const whose = { account: account.number };
    putMeter(play, period, {
      serial,
      zones: ["T0"],
      whose,
      digits,
      ratio: input.textOr("kt", "1"),
    });
    if (input.has("avgDaily")) {
      const kt = input.integerOr("kt", 1);
      const moved = multiplyDivideRound(input.scaled("avgDaily", 4), HISTORY_DAYS, kt);
      const state = input.volume("prev") - moved;
      requireFact(state >= 0, "a state below what the mean gives");
      play.read(period, serial, (before - HISTORY_DAYS) as Day, { T0: kwh(state) });
    }
    play.read(period, serial, before, { T0: input.text("prev") });
    play.read(period, serial, read, { T0: input.text("cur") }, { expects: "JUDGED" });
    return (played) => {
      const judged = played.judged.get(`${serial} ${formatDay(read)}`);
      const status = judged?.status ?? "";
      const metered = played.linesOf(account.id, period).filter(({ kind }) => kind === "METER");
      return {
        status,
        code: judged?.code ?? "OK",
        ...(status === "ACCEPTED" ? { volume: volumeOf(sumOf(metered).volume) } : {}),
      };
    };
  },
};

/** More than three months, and no month's length tells in it. */
const HISTORY_DAYS = 120;
