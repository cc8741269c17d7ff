import t from "tap";
import { day, formatDay, month } from "../../normalizer/model/dates.ts";
import { gridBalance, pointDifferences } from "../balances/grid.ts";
import { advanceCycle, correctionDocument, deliveryOf } from "../documents/vat-books.ts";
import { Exact, roundTo } from "../exact.ts";
import { BUSINESS_STEPS, type BusinessPayer, businessPenalty } from "../penalties/business.ts";
import { arbitrationDuty } from "../receivables/state-duty.ts";
import { allocateByDue } from "../settlement/business.ts";
import { advanceBase, advancePlan, utilityPayment, volumeOfPower } from "./advance.ts";
import { vatInsideOf } from "./document.ts";
import { houseNeeds, houseNeedsByNorm } from "./house-needs.ts";
import { integralKwh, ownVolume } from "./integral.ts";
import { formFactorSquared, lineLoss, transformerLoss } from "./losses.ts";
import {
  currentKwh,
  nonContractKwh,
  type SubstitutionFacts,
  substitute,
  unmeteredKwh,
  wholeHours,
} from "./substitution.ts";

// Examples of billing-legal-entities.md.
const exact = (text: string): Exact => new Exact(text);

t.test("integral meter (section 7.1)", async (t) => {
  t.equal(integralKwh(exact("99950.40"), exact("25.65"), 5, exact("1200")).toFixed(), "90300");
});

t.test("losses (section 7.3)", async (t) => {
  const common = {
    kwh: exact("96000"),
    hours: exact("720"),
    tangent: exact("0.4"),
    formSquared: formFactorSquared(exact("0.5")),
  };
  const transformer = transformerLoss({
    ...common,
    idleKw: exact("1.05"),
    shortCircuitKw: exact("5.5"),
    ratedKva: exact("400"),
  });
  t.equal(transformer.idle.toFixed(3), "756.000");
  t.equal(roundTo(transformer.load, 3).toFixed(3), "680.533");
  t.equal(transformer.total.toFixed(), "1437");
  const none = transformerLoss({
    ...common,
    kwh: exact("0"),
    idleKw: exact("1.05"),
    shortCircuitKw: exact("5.5"),
    ratedKva: exact("400"),
  });
  t.equal(none.total.toFixed(), "756", "idle losses also at W = 0");
  const line = lineLoss({
    ...common,
    ohmPerKm: exact("0.46"),
    km: exact("1.6"),
    kilovolts: exact("6"),
  });
  t.equal(roundTo(line.exact, 3).toFixed(3), "404.745");
  t.equal(line.total.toFixed(), "405");
});

t.test("transits and own losses (section 7.4)", async (t) => {
  const transits = [
    { kwh: exact("1025"), lossPercent: exact("2") },
    { kwh: exact("333"), lossPercent: exact("2") },
  ];
  const own = ownVolume(exact("50000"), transits, exact("2"), [exact("120.40")], "inside");
  t.same(
    [own.transit, own.loss, own.billed].map((value) => value.toFixed()),
    ["1386", "1093", "49707"],
  );
  const grid = ownVolume(exact("30000"), [], exact("1.5"), [], "outside");
  t.same([grid.loss.toFixed(), grid.billed.toFixed()], ["-450", "29550"]);
  const over = ownVolume(exact("1000"), transits, exact("0"), [], "inside");
  t.match(over, { exceeds: true });
  t.equal(over.billed.toFixed(), "0");
});

t.test("substitution and acts (sections 8–10)", async (t) => {
  const facts: SubstitutionFacts = {
    missed: 1,
    hours: exact("744"),
    controlMeter: null,
    previousYear: exact("15432"),
    lastRead: exact("14000"),
    maxPowerKw: exact("100"),
    current: null,
  };
  const basis = (more: Partial<SubstitutionFacts>) => substitute({ ...facts, ...more })?.basis;
  t.equal(basis({}), "PREV_YEAR");
  t.equal(substitute({ ...facts, previousYear: null })?.basis, "LAST_READ");
  t.equal(basis({ missed: 3 }), "PMAX");
  t.equal(basis({ missed: 3, controlMeter: exact("1") }), "CONTROL_METER");
  const current = { amperes: exact("50"), phaseVolts: exact("220"), cosine: exact("0.9") };
  t.equal(currentKwh({ ...current, phases: 3 }, exact("744")).toFixed(), "14731.2");
  t.equal(currentKwh({ ...current, phases: 1 }, exact("744")).toFixed(), "4910.4");

  const acted = unmeteredKwh({
    hours: 1140,
    maxPowerKw: exact("40"),
    current: null,
    billedKwh: exact("9300"),
  });
  t.same(
    [acted.kwh, acted.added, acted.hourly].map((value) => value.toFixed()),
    ["45600", "36300", "40"],
  );
  t.equal(wholeHours(0, 100 * 60 + 30, 8760), 100, "an incomplete hour is dropped");
  t.equal(wholeHours(0, 9000 * 60, 8760), 8760);
  t.equal(nonContractKwh(3, exact("40"), exact("380"), exact("0.9"), 1140).toFixed(), "27012");
});

t.test("house needs and regulated VAT (section 12)", async (t) => {
  const needs = (house: string, individual: readonly string[], carry: string) =>
    houseNeeds(exact(house), individual.map(exact), exact(carry));
  const first = needs("10150", ["7300", "1890", "640"], "120");
  t.same([first.raw.toFixed(), first.billed.toFixed()], ["320", "200"]);
  const negative = needs("10150", ["10830"], "0");
  t.same([negative.billed.toFixed(), negative.carryNext.toFixed()], ["0", "680"]);
  t.equal(houseNeedsByNorm(exact("2.71"), exact("1243.8")).toFixed(), "3371");
  t.equal(vatInsideOf(exact("30156.80"), exact("22")).toFixed(2), "5438.11");
});

t.test("advances (section 13)", async (t) => {
  const line = { mwh: exact("48.210"), price: exact("7069.68") };
  const base = advanceBase([line], exact("22"));
  t.equal(base.toFixed(2), "415811.71");
  const plan = advancePlan(month("2026-03"), base, exact("401200.55"), null);
  t.same(
    [...plan.advances, plan.rest].map(({ due, sum }) => `${formatDay(due)} ${sum.toFixed(2)}`),
    ["2026-03-10 124743.51", "2026-03-25 166324.68", "2026-04-18 110132.36"],
  );
  const over = advancePlan(month("2026-03"), base, exact("100000"), exact("150000"));
  t.same([over.rest.sum.toFixed(2), over.credit.toFixed(2)], ["0.00", "50000.00"]);
  t.equal(volumeOfPower(exact("0.080")).toFixed(3), "28.329");
  t.equal(formatDay(utilityPayment(month("2026-12"), base).due), "2027-01-15");
});

t.test("penalty (section 14)", async (t) => {
  const total = (payer: BusinessPayer) => {
    const rows = businessPenalty({ due: day("2026-02-16"), sum: exact("200000") }, [], {
      steps: BUSINESS_STEPS[payer],
      upTo: day("2026-05-31"),
      rate: exact("9.5"),
      rateCap: null,
      moratoria: [],
    });
    return rows.map((row) => row.sum.toFixed(2));
  };
  t.same(total("general"), ["15200.00"]);
  t.same(total("uo"), ["3800.00", "3352.94", "2046.15"]);
  t.same(total("tsj"), ["3800.00", "2046.15"]);
  const [row] = businessPenalty({ due: day("2022-03-28"), sum: exact("50000") }, [], {
    steps: BUSINESS_STEPS.general,
    upTo: day("2022-10-05"),
    rate: exact("7.5"),
    rateCap: exact("9.5"),
    moratoria: [[day("2022-04-01"), day("2022-10-01")]],
  });
  t.equal(row?.days, 7, "a moratorium is taken out of the count");
  t.equal(row?.sum.toFixed(2), "201.92");
});

t.test("state duty (section 16)", async (t) => {
  const cases = [
    ["350000", false, "22500"],
    ["350000", true, "11250"],
    ["2500000", false, "100000"],
    ["20000000", false, "425000"],
    ["60000000", false, "775000"],
    ["95000", true, "8000"],
  ] as const;
  for (const [claim, isOrder, want] of cases)
    t.equal(arbitrationDuty(exact(claim), isOrder).toFixed(), want, claim);
});

t.test("VAT documents (section 15)", async (t) => {
  t.equal(vatInsideOf(exact("500000"), exact("22")).toFixed(2), "90163.93");
  t.equal(vatInsideOf(exact("500000"), exact("20")).toFixed(2), "83333.33");
  const before = deliveryOf(exact("48.210"), exact("7069.68"), exact("22"));
  const after = deliveryOf(exact("45.000"), exact("7069.68"), exact("22"));
  t.equal(before.net.minus(after.net).toFixed(2), "22693.67");
  t.equal(before.vat.minus(after.vat).toFixed(2), "4992.61", "VAT₀ − VAT₁, not net × 22 %");
  t.equal(correctionDocument("METER_ERROR"), "amended");
  t.equal(correctionDocument("AGREED_VOLUME"), "corrective");
  const advances = [{ day: day("2025-12-22"), sum: exact("120000"), ratePercent: exact("20") }];
  const delivery = { net: exact("50000"), day: day("2026-01-31"), ratePercent: exact("22") };
  const { entries, debt } = advanceCycle(advances, delivery);
  t.same(
    entries.map((entry) => `${entry.code} ${entry.gross.toFixed(2)} ${entry.vat.toFixed(2)}`),
    ["02 120000.00 20000.00", "01 61000.00 11000.00", "22 61000.00 10166.67"],
  );
  t.equal(debt.toFixed(), "0");
});

t.test("allocation by due date, named debts first", async (t) => {
  const debts = [
    { id: "A3", due: day("2026-04-18"), sum: exact("90000") },
    { id: "A1", due: day("2026-02-18"), sum: exact("120000") },
  ];
  const text = (sum: string, purpose: readonly string[], spill: boolean) => {
    const { shares, advance } = allocateByDue(exact(sum), debts, purpose, spill);
    return [...shares.map((share) => `${share.id} ${share.sum.toFixed()}`), advance.toFixed()];
  };
  t.same(text("130000", [], true), ["A1 120000", "A3 10000", "0"]);
  t.same(text("100000", ["A3"], true), ["A3 90000", "A1 10000", "0"]);
  t.same(text("100000", ["A3"], false), ["A3 90000", "10000"]);
});

t.test("balance of the grid (section 17)", async (t) => {
  const level = (name: string, input: string, output: string, useful: string) => ({
    level: name,
    input: exact(input),
    output: exact(output),
    useful: exact(useful),
    external: exact(input),
  });
  const { rows } = gridBalance([
    level("SN2", "5000.000", "2100.000", "2760.500"),
    level("NN", "2100.000", "0", "1890.250"),
  ]);
  t.same(
    rows.map((row) => `${row.loss.toFixed(3)} ${row.lossPercent.toFixed(2)}`),
    ["139.500 2.79", "209.750 9.99"],
  );
  const points = [
    { point: "P-1", supplier: exact("5"), grid: exact("5") },
    { point: "P-2", supplier: exact("5"), grid: exact("7") },
  ];
  const { rows: different, disputed } = pointDifferences(points);
  t.same(
    different.map((row) => row.point),
    ["P-2"],
  );
  t.equal(disputed.toFixed(), "-2");
});
