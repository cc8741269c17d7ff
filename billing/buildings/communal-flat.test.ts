import t from "tap";
import type { SiteFacts } from "../../normalizer/model/facts.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { dated } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { metered, mkd, payer, premises, room } from "./testing.ts";

const RULES = rulesOf(CURRENT_RULES);

/** Persons, own meter (null = none, "?" = not read) and section of each room. */
type RoomText = readonly [persons: number, energy: string | null, section?: string];

function flat(
  common: string | null,
  rooms: readonly RoomText[],
  sections: Readonly<Record<string, string | null>> = {},
): SiteFacts {
  return mkd({
    accounts: rooms.map(([persons, energy], index) =>
      payer(index + 1, energy === "?" ? null : energy, {
        residents: persons === 0 ? [] : [dated(persons)],
        ...(energy === "?" ? { points: [metered(index + 1, null)] } : {}),
      }),
    ),
    premises: [
      premises(
        "17",
        "100",
        rooms.map(([, , section], index) => [index + 1, room("10", section ?? null)] as const),
        {
          points: common === null ? [] : [metered(100, common)],
          sections: Object.entries(sections).map(([section, energy], index) => ({
            section,
            points: energy === null ? [] : [metered(101 + index, energy)],
          })),
        },
      ),
    ],
    house: null,
  });
}

const linesOf = (facts: SiteFacts) =>
  billSite(facts, RULES).lines.map(
    (line) =>
      `${line.account} ${line.kind} ${formatScaled(line.volume, 4)} ${formatFixed(line.amount, 2)}`,
  );
const problemsOf = (facts: SiteFacts) =>
  billSite(facts, RULES).problems.map(
    ({ account, held, problem }) =>
      `${account} ${held ? "held " : ""}${problem.code} ${problem.at} ${problem.object}`,
  );

t.test("a room outside the sections, sections without a meter or without rooms", async (t) => {
  // Section A 260 − 120 − 125 = 15 of four persons; the flat 330 − 260 − 50 = 20 of five.
  const beside = flat(
    "330",
    [
      [2, "120", "A"],
      [2, "125", "A"],
      [1, "50"],
    ],
    { A: "260" },
  );
  t.same(linesOf(beside), [
    "1 OWN 120 687.60",
    "1 SECTION 7.5 42.98",
    "1 COMMON 8 45.84",
    "2 OWN 125 716.25",
    "2 SECTION 7.5 42.98",
    "2 COMMON 8 45.84",
    "3 OWN 50 286.50",
    "3 COMMON 4 22.92",
  ]);
  // Section B has no meter: its room stands in the flat itself. 200 − 130 − 50 = 20.
  const unmetered = flat(
    "200",
    [
      [1, "120", "A"],
      [1, "50", "B"],
    ],
    { A: "130", B: null },
  );
  t.same(linesOf(unmetered), [
    "1 OWN 120 687.60",
    "1 SECTION 10 57.30",
    "1 COMMON 10 57.30",
    "2 OWN 50 286.50",
    "2 COMMON 10 57.30",
  ]);
  // Nobody lives in section A: the flat is that of its rooms, 200 − 120 − 50 = 30.
  const empty = flat(
    "200",
    [
      [1, "120"],
      [2, "50"],
    ],
    { A: "10" },
  );
  t.same(linesOf(empty), [
    "1 OWN 120 687.60",
    "1 COMMON 10 57.30",
    "2 OWN 50 286.50",
    "2 COMMON 20 114.60",
  ]);
  // Sections alone, no meter of the flat: nothing is common to all.
  const alone = flat(
    null,
    [
      [2, "120", "A"],
      [2, "125", "A"],
    ],
    { A: "260" },
  );
  t.same(linesOf(alone), [
    "1 OWN 120 687.60",
    "1 SECTION 7.5 42.98",
    "2 OWN 125 716.25",
    "2 SECTION 7.5 42.98",
  ]);
});

t.test(
  "nobody on record: what is shared by residents waits, a room's own meter goes on",
  async (t) => {
    t.same(
      problemsOf(
        flat("360", [
          [0, null],
          [0, null],
        ]),
      ),
      ["1 held MISSING_REQUIRED residents 17", "2 held MISSING_REQUIRED residents 17"],
    );
    const own = flat("200", [
      [0, "120"],
      [0, "50"],
    ]);
    t.same(linesOf(own), ["1 OWN 120 687.60", "2 OWN 50 286.50"]);
    t.same(problemsOf(own), ["1 HELD_BY common 0000000001", "2 HELD_BY common 0000000002"]);
    t.same(billSite(own, RULES).problems[0]?.problem.values, { unit: "кв. 17" });
    const even = flat("170", [
      [0, "120"],
      [0, "50"],
    ]);
    t.same(problemsOf(even), [], "nothing is common");
    // One of two zones of responsibility is enough to wait: the flat has residents, section A none.
    const section = flat(
      "300",
      [
        [0, "120", "A"],
        [2, "50"],
      ],
      { A: "130" },
    );
    t.same(problemsOf(section).length, 2);
  },
);

t.test(
  "a meter of a room that is not read: needed only where rooms go by their meters",
  async (t) => {
    // Formula 7: another room has no meter, so the flat's meter is shared by residents alone.
    t.same(
      linesOf(
        flat("360", [
          [1, "?"],
          [1, null],
        ]),
      ),
      ["1 OWN 180 1031.40", "2 OWN 180 1031.40"],
    );
    const needed = flat("360", [
      [1, "?"],
      [1, "100"],
    ]);
    t.same(problemsOf(needed), [
      "1 held NO_NORM 2021-03 0000000001",
      "2 HELD_BY common 0000000002",
    ]);
    // No meter of the flat: each by its own, and one of them by no norm either.
    const apart = flat(null, [
      [1, "110"],
      [1, null],
    ]);
    t.same(linesOf(apart), ["1 OWN 110 630.30"]);
    t.same(problemsOf(apart), ["1 HELD_BY common 0000000001", "2 held NO_NORM 2021-03 0000000002"]);
  },
);
