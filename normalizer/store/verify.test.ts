import t from "tap";
import { createTestDatabase } from "./testing.ts";
import { fillStore } from "./testing-store.ts";
import { checkStore, verify } from "./verify.ts";

const options = { report: () => undefined, signal: new AbortController().signal };
t.test("a store that is right is found right", async (t) => {
  const { hub } = await createTestDatabase(t);
  await fillStore(hub);
  const { ok, checks } = await verify(hub, options);
  t.strictSame(
    checks.flatMap(({ failures }) => failures),
    [],
  );
  t.ok(ok);
  t.ok(
    checks.every(({ checked }) => checked > 0),
    "each check has looked at something",
  );
});

const damages = [
  ["messages", "update capture_part set bytes = bytes || 'x' where part = 1", /хранится 1048581/],
  ["messages", "update capture_part set bytes = 'shorT' where length(bytes) = 5", /байты изменены/],
  ["messages", "delete from capture_part where part = 0", /принято/],
  [
    "messages",
    `update message set state = 'duplicate', outcome = '{"duplicateOf": 1}' where size_bytes = 0`,
    /нет сообщения 1/,
  ],
  [
    "counters",
    "update shard_counter set seq = 4 where shard = 3",
    /reading|interval_patch: в шарде 3 seq 5 больше/,
  ],
  ["counters", "delete from shard_counter where shard = 256", /нет счётчика/],
  [
    "versions",
    "update fact set end_seq = 1 where seq = 2 and site = 1 and valid_to is null",
    /закрыт раньше/,
  ],
  ["versions", "update fact set end_seq = 0", /две версии/],
  [
    "versions",
    "insert into reading select shard, site, meter, state_at, 4, 0, 1, values, source, message, 0 from reading",
    /два действующих/,
  ],
  ["references", "update reading set message = message + 7777", /reading: нет сообщения/],
  ["references", "delete from message where size_bytes = 5", /capture_part: нет сообщения/],
  ["documents", "update leg set shard = 4", /нет его частей в шардах 3/],
  ["documents", "delete from document", /часть без документа/],
  [
    "runs",
    "update charge_line_2000 set amount = 101 where ordinal = 1",
    /расчёт 2000, счёт 11: строки на 151/,
  ],
  ["runs", "delete from run_entry_2001", /расчёт 2001, счёт 12/],
  ["runs", "update charge_line_2002 set amount = 29", /расчёт 2002/],
  [
    "checkpoints",
    "update ledger_entry set amount = -41",
    /счёт 11, .*на 110 коп., проводки на 109/,
  ],
  ["checkpoints", "update checkpoint set balance = 0 where account = 12", /счёт 12/],
  ["checkpoints", "delete from run_event where run = 2001", /счёт 12/],
  ["houses", "update house_month set carry_in = 5", /дом 1, .*принят .* 5, а осталось 0/],
  [
    "houses",
    `update house_month set zones = '[{"zone": "T1", "odpu": 60}, {"zone": "T2", "odpu": 39}]'`,
    /расчёт 2000, дом 1: ОДН по зонам не сходится/,
  ],
  ["houses", "update house_month set carry_out = 7", /дом 1, .*осталось .* 7, а по месяцам 0/],
  ["houses", "update house_month set run = 1", /без своего расчёта: 1/],
  ["payments", "update payment set amount = 41", /счёт 11: платежей на 41 коп., проводок на 40/],
  ["payments", "update payment set key = 'k'", /записан 2 раза/],
  [
    "payments",
    `insert into recognition select 256, 6, 1, message, at, message, 1, 71, 3, 1, 11, 'a', 'g'
     from payment where shard = 256`,
    /на 70 коп. опознан на 71/,
  ],
  [
    "payments",
    `with ordered as (
       insert into refund
       select 256, message, 6, 1, 3, 1, 11, '11', 70, '{}', 'p', 'a', 'g', now()
       from payment where shard = 256 returning message)
     insert into refund_event (shard, refund, event, seq, organisation, message, at, author, ground)
     select 256, message, 'EXECUTED', 6, 1, message, 1, 'hub', 'g' from ordered`,
    /возврат \d+ не равен строке/,
  ],
  ["derived", "update interval_day set values[1] = 6", /канал 8, 2025-04-01/],
  [
    "derived",
    "update interval_patch set values = '{5,null,8}' where seq = 4",
    /канал 8, 2025-04-01/,
  ],
  ["sites", "update household_site set facts = facts || 'x'", /шард 3, объект 1: не равен/],
  ["sites", "update reading set values = '{2}' where seq = 3", /шард 3, объект 1: не равен/],
] as const;

t.test("each kind of damage is found by its check", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  await fillStore(hub);
  const undone = new Error("undone");
  for (const [name, damage, words] of damages) {
    const damaged = owner.transaction(async (transaction) => {
      t.ok((await transaction.execute(damage)) > 0, damage);
      const { ok, checks } = await checkStore(transaction, options);
      t.notOk(ok);
      t.match(checks.find((check) => check.name === name)?.failures.join("\n"), words, damage);
      throw undone;
    });
    await t.rejects(damaged, undone);
  }
  t.ok((await verify(hub, options)).ok);
});
