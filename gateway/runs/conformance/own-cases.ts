import type { Json } from "../../../billing/conformance/input.ts";

export interface Case {
  readonly id: string;
  readonly kind: string;
  readonly input: Json;
  readonly expected: Json;
}

const FLAT = [{ from: "2025-01-01", prices: { T0: "5" } }];
const MONTH = "2025-03";
const START = "2025-02-28";
const END = "2025-03-31";
const LAW = { keyRates: [{ from: "2024-01-01", rate: "10" }], holidays: [] };

/**
 * A case of each kind that the store bills, with figures of its own: the sum stands beside each, worked out by the
 * formula of the rule. `expected` has only what a store keeps.
 */
export const OWN_CASES: readonly Case[] = [
  {
    // (150 − 100) × 20 = 1 000 kWh × 5.00.
    id: "own-meter",
    kind: "meter",
    input: {
      period: MONTH,
      segments: [{ from: START, to: END, readings: { T0: ["100", "150"] }, kt: "20" }],
      tariffs: FLAT,
    },
    expected: {
      volume: "1000",
      lines: [
        {
          tariffFrom: "2025-01-01",
          zone: "T0",
          range: 1,
          volume: "1000",
          price: "5",
          amount: "5000.00",
        },
      ],
      total: "5000.00",
    },
  },
  {
    // 50 kWh of the first range by zones as 60 : 40 are 30 and 20; 30 × 5 + 30 × 7 + 20 × 2 + 20 × 3 = 460.
    id: "own-ranges",
    kind: "meter",
    input: {
      period: MONTH,
      segments: [{ from: START, to: END, readings: { T1: ["0", "60"], T2: ["0", "40"] } }],
      tariffs: [{ from: "2025-01-01", prices: { T0: ["4", "6"], T1: ["5", "7"], T2: ["2", "3"] } }],
      ranges: { limits: ["50"] },
    },
    expected: {
      volume: "100",
      lines: [
        {
          tariffFrom: "2025-01-01",
          zone: "T1",
          range: 1,
          volume: "30",
          price: "5",
          amount: "150.00",
        },
        {
          tariffFrom: "2025-01-01",
          zone: "T1",
          range: 2,
          volume: "30",
          price: "7",
          amount: "210.00",
        },
        {
          tariffFrom: "2025-01-01",
          zone: "T2",
          range: 1,
          volume: "20",
          price: "2",
          amount: "40.00",
        },
        {
          tariffFrom: "2025-01-01",
          zone: "T2",
          range: 2,
          volume: "20",
          price: "3",
          amount: "60.00",
        },
      ],
      total: "460.00",
    },
  },
  {
    // 31 kWh before the replacement on the 16th, 45 after it; 76 × 5.00.
    id: "own-replaced",
    kind: "meter",
    input: {
      period: MONTH,
      segments: [
        { meter: "OLD", from: START, to: "2025-03-16", readings: { T0: ["900", "931"] } },
        { meter: "NEW", from: "2025-03-16", to: END, readings: { T0: ["0", "45"] } },
      ],
      tariffs: FLAT,
    },
    expected: {
      volume: "76",
      lines: [
        {
          tariffFrom: "2025-01-01",
          zone: "T0",
          range: 1,
          volume: "76",
          price: "5",
          amount: "380.00",
        },
      ],
      total: "380.00",
    },
  },
  {
    // 62 × (2 + 10 / 31) = 144 kWh × 5.00.
    id: "own-norm",
    kind: "norm",
    input: {
      period: MONTH,
      norm: "62",
      persons: [{ count: 2 }, { count: 1, days: 10 }],
      price: "5",
    },
    expected: {
      volume: "144",
      lines: [{ kind: "NORM", volume: "144", price: "5", amount: "720.00" }],
      total: "720.00",
    },
  },
  {
    // (90 + 100 + 110) / 3.
    id: "own-average",
    kind: "average",
    input: {
      period: MONTH,
      history: [
        { period: "2024-12", volumes: { T0: "90" } },
        { period: "2025-01", volumes: { T0: "100" } },
        { period: "2025-02", volumes: { T0: "110" } },
      ],
    },
    expected: { method: "AVERAGE", volumes: { T0: "100" } },
  },
  {
    // 183 kWh in 61 days are 3 a day: March 93 for 100, April 90; 93 × 5 − 500 = −35, 90 × 5 = 450.
    id: "own-timeline",
    kind: "timeline",
    input: {
      start: { date: START, reading: "1000" },
      months: [
        { period: MONTH, from: START, to: END, reading: null },
        { period: "2025-04", from: END, to: "2025-04-30", reading: "1183" },
      ],
      avg: "100",
      normVolume: "62",
      tariffs: FLAT,
    },
    expected: {
      months: [
        {
          period: MONTH,
          method: "AVERAGE",
          volume: "100",
          price: "5",
          amount: "500.00",
          corrections: [],
        },
        {
          period: "2025-04",
          method: "METER",
          volume: "90",
          price: "5",
          amount: "450.00",
          corrections: [
            {
              period: MONTH,
              oldVolume: "100",
              newVolume: "93",
              deltaVolume: "-7",
              oldAmount: "500.00",
              newAmount: "465.00",
              deltaAmount: "-35.00",
            },
          ],
        },
      ],
      total: "915.00",
    },
  },
  {
    // 300 kWh of the flat by residents, 1 : 2; ОДН 9 kWh by living areas, 10 : 20.
    id: "own-communal",
    kind: "communal",
    input: {
      flatVolume: "300",
      odnVolume: "9",
      price: "5",
      rooms: [
        { id: "1", persons: "1", area: "10" },
        { id: "2", persons: "2", area: "20" },
      ],
    },
    expected: {
      rooms: [
        {
          id: "1",
          lines: [
            { kind: "own", volume: "100", amount: "500.00" },
            { kind: "odn", volume: "3", amount: "15.00" },
          ],
          volume: "103",
          total: "515.00",
        },
        {
          id: "2",
          lines: [
            { kind: "own", volume: "200", amount: "1000.00" },
            { kind: "odn", volume: "6", amount: "30.00" },
          ],
          volume: "206",
          total: "1030.00",
        },
      ],
      total: "1545.00",
    },
  },
  {
    // 100 kWh as 3 : 1.
    id: "own-separate",
    kind: "separate",
    input: {
      volume: "100",
      price: "5",
      key: "share",
      accounts: [
        { id: "1", share: "3", primary: true },
        { id: "2", share: "1" },
      ],
    },
    expected: {
      accounts: [
        { id: "1", volume: "75", amount: "375.00" },
        { id: "2", volume: "25", amount: "125.00" },
      ],
      total: "500.00",
    },
  },
  {
    // 1 100 − 900 = 200 kWh less the 30 of the months before; × 20 / 200 m² = 17 kWh × 5.00.
    id: "own-odn",
    kind: "odn",
    input: {
      building: { totalArea: "200", commonArea: "50", normOdn: "10" },
      premises: [{ id: "1", area: "20", individual: "100", persons: "1" }],
      months: [{ period: MONTH, odpu: "1100", metered: "900", price: "5" }],
      carryIn: "30",
    },
    expected: {
      months: [
        {
          period: MONTH,
          method: "ODPU",
          raw: "200",
          carryUsed: "30",
          carryOut: "0",
          cap: "500",
          distributed: "170",
          overNorm: "0",
          premises: [{ id: "1", volume: "17", amount: "85.00" }],
        },
      ],
      carryOut: "0",
    },
  },
  {
    // 10 full days of 31: 62 × 10 / 31 = 20 kWh.
    id: "own-absence",
    kind: "absence",
    input: { left: "2025-03-01", returned: "2025-03-12", norm: "62", persons: 1, price: "5" },
    expected: {
      eligible: true,
      months: [{ period: MONTH, volume: "-20", amount: "-100.00" }],
      total: "-100.00",
    },
  },
  {
    // 62 × 10 less the 95 kWh charged.
    id: "own-tamper",
    kind: "tamper",
    input: {
      type: "TAMPER",
      detected: END,
      eliminated: END,
      prevCheck: "2025-03-01",
      norm: "62",
      persons: "1",
      charged: { [MONTH]: "95" },
      tariffs: FLAT,
    },
    expected: {
      months: [{ period: MONTH, net: "525", amount: "2625.00" }],
      volume: "525",
      total: "2625.00",
    },
  },
  {
    // 2 kW × 24 h × 3 days.
    id: "own-unauthorised",
    kind: "tamper",
    input: {
      type: "UNAUTHORISED",
      detected: "2025-03-03",
      eliminated: "2025-03-04",
      connectDate: "2025-03-02",
      norm: "62",
      persons: "1",
      powerKw: "2",
      tariffs: FLAT,
    },
    expected: {
      months: [{ period: MONTH, net: "144", amount: "720.00" }],
      volume: "144",
      total: "720.00",
    },
  },
  {
    // 50 × 2 persons, 5 × 3 heads, at 4.00.
    id: "own-plot",
    kind: "landPlot",
    input: {
      norm: "50",
      persons: "2",
      price: "4",
      uses: [{ use: "CATTLE", norm: "5", units: "3" }],
    },
    expected: {
      lines: [
        { kind: "HOUSE", volume: "100", amount: "400.00" },
        { kind: "CATTLE", volume: "15", amount: "60.00" },
      ],
      volume: "115",
      total: "460.00",
    },
  },
  {
    // The smaller of 100 / 2 and 40 kWh × 5.00 × 50 %.
    id: "own-benefit",
    kind: "benefit",
    input: {
      volume: "100",
      registered: 2,
      beneficiaries: 1,
      price: "5",
      stdPerPerson: "40",
      percent: "50",
    },
    expected: { charged: "500.00", discount: "-100.00", payable: "400.00" },
  },
  {
    // 62 × 15 / 31 = 30 kWh are left of 62.
    id: "own-retro",
    kind: "retro",
    input: {
      op: "DISCONNECT",
      date: "2025-03-15",
      charged: [{ period: MONTH, from: START, to: END, volume: "62", price: "5", method: "NORM" }],
    },
    expected: {
      corrections: [
        {
          period: MONTH,
          oldVolume: "62",
          newVolume: "30",
          deltaVolume: "-32",
          deltaAmount: "-160.00",
        },
      ],
      total: "-160.00",
    },
  },
  {
    // 100 kWh at 4.00 for 5.00.
    id: "own-retariff",
    kind: "retariff",
    input: {
      charged: [
        { period: MONTH, lines: [{ range: 1, volume: "100", oldPrice: "5", newPrice: "4" }] },
      ],
    },
    expected: {
      corrections: [
        {
          period: MONTH,
          lines: [
            {
              zone: "T0",
              range: 1,
              oldAmount: "500.00",
              newAmount: "400.00",
              deltaAmount: "-100.00",
            },
          ],
        },
      ],
      total: "-100.00",
    },
  },
  {
    // 300 kWh for a usual 2 × 31 = 62: more than three times.
    id: "own-control",
    kind: "readingControl",
    input: {
      prev: "1000",
      cur: "1300",
      digits: 5,
      prevDate: START,
      curDate: END,
      avgDaily: "2",
    },
    expected: { status: "HELD", code: "DEVIATION_HIGH" },
  },
  {
    // Due on 10.02.2025, so 13.03 is day 31: 1 000 × 10 % / 300 × 19 days.
    id: "own-penalty",
    kind: "penalty",
    input: {
      ...LAW,
      debts: [{ period: "2025-01", amount: "1000.00", due: "2025-02-10" }],
      payments: [],
      calcDate: END,
    },
    expected: {
      lines: [
        {
          period: "2025-01",
          base: "1000.00",
          from: "2025-03-13",
          to: END,
          days: 19,
          fraction: "1/300",
          rate: "10",
          amount: "6.33",
        },
      ],
      total: "6.33",
    },
  },
  {
    // 1 000 less 400; nothing is due for long enough.
    id: "own-scenario",
    kind: "scenario",
    input: {
      ...LAW,
      charges: [{ period: MONTH, amount: "1000.00" }],
      payments: [{ id: "p1", date: "2025-04-05", amount: "400.00" }],
      calcDate: "2025-04-30",
    },
    expected: {
      penalty: { lines: [], total: "0.00" },
      principalDebt: "600.00",
      advance: "0.00",
      balance: "600.00",
    },
  },
  {
    // 150 pays the first 100 and half of the second.
    id: "own-allocation",
    kind: "allocation",
    input: {
      debts: [
        { period: "2025-01", type: "PRINCIPAL", amount: "100.00" },
        { period: "2025-02", type: "PRINCIPAL", amount: "100.00" },
      ],
      payments: [{ id: "p1", date: "2025-03-10", amount: "150.00" }],
    },
    expected: {
      remaining: [{ period: "2025-02", type: "PRINCIPAL", amount: "50.00" }],
      advance: "0.00",
    },
  },
  {
    // From 28.02 to 31.03.
    id: "own-debtors",
    kind: "debtors",
    input: { reportDate: END, periods: [{ period: "2025-02", amount: "100.00" }] },
    expected: { rows: [{ period: "2025-02", amount: "100.00", days: 31 }], total: "100.00" },
  },
  {
    // 100 + 50 − 10 − 60.
    id: "own-turnover",
    kind: "osv",
    input: {
      accounts: [{ account: "1", opening: "100", charged: ["50"], recalc: ["-10"], paid: ["60"] }],
    },
    expected: {
      rows: [
        {
          account: "1",
          openingDebit: "100.00",
          openingCredit: "0.00",
          charged: "50.00",
          recalc: "-10.00",
          penalty: "0.00",
          paid: "60.00",
          writtenOff: "0.00",
          closingDebit: "80.00",
          closingCredit: "0.00",
        },
      ],
      totals: {
        openingDebit: "100.00",
        openingCredit: "0.00",
        charged: "50.00",
        recalc: "-10.00",
        penalty: "0.00",
        paid: "60.00",
        writtenOff: "0.00",
        closingDebit: "80.00",
        closingCredit: "0.00",
      },
    },
  },
  {
    // 180 − 100 − 50 = 30 kWh over areas of 40 and 60 m²: 12 and 18, at 5.00.
    id: "own-house",
    kind: "houseMonth",
    input: {
      house: { management: "DIRECT", totalArea: "100", commonArea: "10", normOdn: "10" },
      tariffs: FLAT,
      premises: [
        { id: "1", area: "40", meter: { T0: "0" } },
        { id: "2", area: "60", meter: { T0: "0" } },
      ],
      months: [{ period: MONTH, odpu: "180", readings: { 1: { T0: "100" }, 2: { T0: "50" } } }],
    },
    expected: {
      months: [
        {
          period: MONTH,
          accounts: [
            {
              id: "1",
              lines: [
                { kind: "METER", zone: "T0", volume: "100", price: "5", amount: "500.00" },
                { kind: "odn", zone: "T0", volume: "12", price: "5", amount: "60.00" },
              ],
              total: "560.00",
            },
            {
              id: "2",
              lines: [
                { kind: "METER", zone: "T0", volume: "50", price: "5", amount: "250.00" },
                { kind: "odn", zone: "T0", volume: "18", price: "5", amount: "90.00" },
              ],
              total: "340.00",
            },
          ],
          house: {
            method: "ODPU",
            odpu: "180",
            individual: "150",
            nonres: "0",
            carryIn: "0",
            raw: "30",
            carryUsed: "0",
            carryOut: "0",
            cap: "100",
            distributed: "30",
            overNorm: "0",
            shares: "30",
            residue: "0",
            total: "900.00",
          },
        },
      ],
    },
  },
  {
    // 180 − 100 = 80 kWh are above the norm of 10 × 5 m²; the manager is billed them all (ПП РФ 124, п. 21(1)).
    id: "own-managed",
    kind: "houseMonth",
    input: {
      house: { management: "MANAGED", totalArea: "40", commonArea: "5", normOdn: "10" },
      tariffs: FLAT,
      premises: [{ id: "1", area: "40", meter: { T0: "0" } }],
      months: [{ period: MONTH, odpu: "180", readings: { 1: { T0: "100" } } }],
    },
    expected: {
      months: [
        {
          period: MONTH,
          accounts: [
            {
              id: "1",
              lines: [{ kind: "METER", zone: "T0", volume: "100", price: "5", amount: "500.00" }],
              total: "500.00",
            },
          ],
          house: {
            method: "ODPU",
            odpu: "180",
            individual: "100",
            nonres: "0",
            carryIn: "0",
            raw: "80",
            carryUsed: "0",
            carryOut: "0",
            cap: "50",
            distributed: "80",
            overNorm: "0",
            manager: "80",
            total: "500.00",
          },
        },
      ],
    },
  },
  {
    // 250 kWh are more than 0.1 kW gives: no reading, no mean, no norm; the neighbour's own line goes on.
    id: "own-held",
    kind: "houseMonth",
    input: {
      house: {
        management: "DIRECT",
        totalArea: "100",
        commonArea: "10",
        normOdn: "10",
        carryIn: "7",
      },
      tariffs: FLAT,
      premises: [
        { id: "1", area: "40", meter: { T0: "0" } },
        { id: "2", area: "60", meter: { T0: "0" } },
      ],
      months: [
        {
          period: MONTH,
          odpu: "380",
          readings: { 1: { T0: "100" }, 2: { T0: "250" } },
          held: { 2: "OVER_MAX_POWER" },
        },
      ],
    },
    expected: {
      months: [
        {
          period: MONTH,
          accounts: [
            {
              id: "1",
              lines: [
                { kind: "METER", zone: "T0", volume: "100", price: "5", amount: "500.00" },
                { kind: "odn", code: "HELD_BY", by: ["2"] },
              ],
              total: "500.00",
            },
            { id: "2", status: "HELD", code: "OVER_MAX_POWER", lines: [], total: "0.00" },
          ],
          house: { method: "HELD", heldBy: ["2"], odpu: "380", carryIn: "7", total: "500.00" },
        },
      ],
    },
  },
  {
    // 100 and 80 kWh at 5.00, 300 paid; the bill of March is due on 10.04, so nothing accrues before May.
    id: "own-history",
    kind: "accountHistory",
    input: {
      ...LAW,
      from: MONTH,
      to: "2025-04",
      tariffs: FLAT,
      meter: { date: START, readings: { T0: "1000" } },
      facts: [
        { known: MONTH, fact: "READING", date: END, values: { T0: "1100" } },
        { known: "2025-04", fact: "PAYMENT", id: "p1", date: "2025-04-05", amount: "300.00" },
        { known: "2025-04", fact: "READING", date: "2025-04-30", values: { T0: "1180" } },
      ],
    },
    expected: {
      months: [
        {
          period: MONTH,
          lines: [{ kind: "METER", zone: "T0", volume: "100", price: "5", amount: "500.00" }],
          corrections: [],
          penalty: { accrued: "0.00", posted: "0.00" },
          closing: { principal: "500.00", penalty: "0.00", advance: "0.00", balance: "500.00" },
        },
        {
          period: "2025-04",
          lines: [{ kind: "METER", zone: "T0", volume: "80", price: "5", amount: "400.00" }],
          corrections: [],
          penalty: { accrued: "0.00", posted: "0.00" },
          closing: { principal: "600.00", penalty: "0.00", advance: "0.00", balance: "600.00" },
        },
      ],
      osv: {
        openingDebit: "0.00",
        openingCredit: "0.00",
        charged: "900.00",
        recalc: "0.00",
        penalty: "0.00",
        paid: "300.00",
        writtenOff: "0.00",
        closingDebit: "600.00",
        closingCredit: "0.00",
      },
    },
  },
];
