import { join } from "node:path";
import t from "tap";
import type { ChannelConfig } from "../../config/schema.ts";
import { openDestinations } from "./destinations.ts";

const bank = (id: string, organisation: number, ordersFolder?: string): ChannelConfig => ({
  id,
  kind: "bank",
  organisation,
  settings: { folder: `in/${id}`, ...(ordersFolder === undefined ? {} : { ordersFolder }) },
});

t.test("a channel sends by its settings, and no organisation's orders go by two", async (t) => {
  const folder = t.testdir({});
  const out = (name: string) => join(folder, name);
  const cases = [
    ["only statements", [bank("a", 1)], [], []],
    ["orders too", [bank("a", 1, out("a"))], ["a"], []],
    ["of two organisations", [bank("a", 1, out("a")), bank("b", 2, out("b"))], ["a", "b"], []],
    ["one sends, one receives", [bank("a", 1), bank("b", 1, out("b"))], ["b"], []],
    [
      "twice",
      [bank("a", 1, out("a")), bank("b", 1, out("b"))],
      ["a"],
      [/^\/channels\/1\/settings/],
    ],
    ["limits for nothing", [{ ...bank("a", 1), delivery: {} }], [], [/^\/channels\/0\/delivery/]],
  ] as const;
  for (const [why, channels, ids, wrong] of cases) {
    const problems: string[] = [];
    const destinations = await openDestinations(channels, {}, problems);
    t.same(
      destinations.map(({ id }) => id),
      ids,
      why,
    );
    t.match(problems, wrong, why);
    t.equal(problems.length, wrong.length, why);
  }
});
