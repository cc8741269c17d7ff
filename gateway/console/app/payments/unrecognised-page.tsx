import { Drawer } from "@mantine/core";
import { useEffect, useState } from "react";
import type { UnrecognisedAnswer } from "../../../http/schemas/payments.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { dayText, moneyText, plural, russianNumber } from "../../format.ts";
import { MessageBytes } from "../account/message-bytes.tsx";
import { useLiveAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { OpenRefunds } from "../refunds/refund-panels.tsx";
import { go, usePlace, withQuery } from "../router.ts";
import { Split } from "./split.tsx";
import "../deliveries/deliveries.css";
import "./payments.css";

type Payment = UnrecognisedAnswer["payments"][number];

const keyOf = ({ message, at }: Payment): string => `${message}:${at}`;

/** Money whose consumer is not known: ↑ ↓ go along the queue, Enter opens a payment to be given to accounts. */
export function UnrecognisedPage({ role }: { readonly role: MeAnswer["role"] }) {
  const { query } = usePlace();
  const [round, setRound] = useState(0);
  const [done, setDone] = useState<string | null>(null);
  const cursor = query.get("cursor");
  const path = `/api/payments/unrecognised${cursor === null ? "" : `?cursor=${cursor}`}`;
  const queue = useLiveAnswer<UnrecognisedAnswer>(path, round);
  useEffect(() => {
    document.title = "Невыясненные платежи — энергохаб";
  }, []);
  const payments = queue.state === "ready" ? queue.answer.payments : [];
  const opened = payments.find((payment) => keyOf(payment) === query.get("payment"));
  const onRecognised = (words: string, rest: number) => {
    setDone(words);
    setRound((before) => before + 1);
    if (rest > 0 || opened === undefined) return;
    const next = payments[payments.indexOf(opened) + 1];
    go(withQuery({ payment: next === undefined ? null : keyOf(next) }), "replace");
  };
  return (
    <main className="deliveries">
      <Await of={queue}>
        {(answer) => <Queue answer={answer} opened={opened ?? null} done={done} cursor={cursor} />}
      </Await>
      <OpenRefunds role={role} />
      <Drawer
        opened={opened !== undefined}
        onClose={() => go(withQuery({ payment: null }))}
        position="right"
        size={680}
        title="Чей это платёж"
        withOverlay={false}
        lockScroll={false}
        trapFocus={false}
        shadow="xl"
        transitionProps={{ duration: 90 }}
        closeButtonProps={{ "aria-label": "Закрыть" }}
      >
        {opened !== undefined && (
          <>
            <Head payment={opened} />
            <Split
              key={`${keyOf(opened)}/${opened.left}`}
              payment={opened}
              onRecognised={onRecognised}
            />
            <h3 className="muted small">Как платёж стоит в сообщении</h3>
            <MessageBytes place={opened} account="" mayReveal />
          </>
        )}
      </Drawer>
    </main>
  );
}

interface QueueProps {
  readonly answer: UnrecognisedAnswer;
  readonly opened: Payment | null;
  readonly done: string | null;
  readonly cursor: string | null;
}

function Queue({ answer, opened, done, cursor }: QueueProps) {
  const { payments, next, count, left } = answer;
  const [at, setAt] = useState(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey) return;
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const to = payments[at + step];
      if (step !== 0 && to !== undefined) {
        event.preventDefault();
        setAt(at + step);
        if (opened !== null) go(withQuery({ payment: keyOf(to) }), "replace");
      }
      if (event.key === "Enter" && event.target === document.body && to !== undefined) {
        go(withQuery({ payment: keyOf(to) }));
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [payments, at, opened]);
  const noun = plural(count, "платёж", "платежа", "платежей");
  return (
    <Panel
      title="Невыясненные платежи"
      aside={
        <span>
          {russianNumber(String(count))} {noun}, не разнесено <b>{moneyText(left)} ₽</b>
        </span>
      }
    >
      {done !== null && (
        <p className="done" role="status">
          {done}
        </p>
      )}
      <table className="grid delivery-list">
        <thead>
          <tr>
            <th>Оплачен</th>
            <th className="figure">Сумма, ₽</th>
            <th className="figure">Осталось, ₽</th>
            <th>Плательщик</th>
            <th>Назначение</th>
            <th>Похоже на</th>
          </tr>
        </thead>
        <tbody>
          {payments.map((payment, index) => (
            <tr
              key={keyOf(payment)}
              className={index === at || payment === opened ? "current" : ""}
              onClick={() => {
                setAt(index);
                go(withQuery({ payment: keyOf(payment) }));
              }}
            >
              <td>{dayText(payment.paidOn)}</td>
              <td className="figure">{moneyText(payment.amount)}</td>
              <td className="figure">
                <b>{moneyText(payment.left)}</b>
              </td>
              <td>
                {payment.payer}
                {payment.inn !== "" && <span className="muted small"> ИНН {payment.inn}</span>}
              </td>
              <td className="cause">{payment.purpose}</td>
              <td className="number">
                {payment.suggestions.map(({ number }) => number).join(", ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {payments.length === 0 && <p className="muted">Невыясненных платежей нет.</p>}
      <p className="pages">
        {cursor !== null && (
          <button type="button" className="link" onClick={() => go(withQuery({ cursor: null }))}>
            К началу
          </button>
        )}
        {next !== null && (
          <button type="button" className="link" onClick={() => go(withQuery({ cursor: next }))}>
            Дальше
          </button>
        )}
      </p>
    </Panel>
  );
}

function Head({ payment }: { readonly payment: Payment }) {
  const { amount, left, payer, purpose, documentNumber, documentOn, cause } = payment;
  return (
    <div className="payment-head">
      <p>
        <b>{moneyText(amount)} ₽</b>
        {left !== amount && ` · осталось ${moneyText(left)} ₽`} · {payer}
      </p>
      <p>{purpose === "" ? <span className="muted">Назначение пусто</span> : purpose}</p>
      <p className="muted small">
        Документ {documentNumber} от {dayText(documentOn)}, оплачен {dayText(payment.paidOn)}, в
        банке {dayText(payment.postedOn)}
      </p>
      {cause !== null && <p className="held remark">{cause}.</p>}
    </div>
  );
}
