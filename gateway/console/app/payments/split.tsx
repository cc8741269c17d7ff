import { TextInput } from "@mantine/core";
import { useState } from "react";
import type { RecognisedAnswer, UnrecognisedAnswer } from "../../../http/schemas/payments.ts";
import { moneyText, parseMoney } from "../../format.ts";
import { failureOf, post } from "../api.ts";

type Payment = UnrecognisedAnswer["payments"][number];

interface Part {
  readonly key: number;
  readonly account: string;
  /** As typed; empty in the last row = all the rest. */
  readonly sum: string;
}

const REASONS = {
  number: "номер в назначении",
  payer: "тот же плательщик раньше",
  similar: "похожий номер",
} as const;

interface Props {
  readonly payment: Payment;
  /** @param rest kopecks that are still nobody's */
  readonly onRecognised: (words: string, rest: number) => void;
}

/** Gives a payment to one or several accounts; the remainder runs along and may stay. */
export function Split({ payment, onRecognised }: Props) {
  const [parts, setParts] = useState<readonly Part[]>([{ key: 0, account: "", sum: "" }]);
  const [ground, setGround] = useState("");
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [sending, setSending] = useState(false);
  const amounts = amountsOf(parts, payment.left);
  const rest = payment.left - amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const change = (key: number, changes: Partial<Part>) =>
    setParts(parts.map((part) => (part.key === key ? { ...part, ...changes } : part)));
  const suggest = (number: string) => {
    const empty = parts.find(({ account }) => account === "");
    if (empty !== undefined) change(empty.key, { account: number });
    else setParts([...parts, { key: nextKey(parts), account: number, sum: "" }]);
  };
  const complete =
    rest >= 0 &&
    ground.trim() !== "" &&
    parts.every(({ account }, index) => account.trim() !== "" && (amounts[index] ?? null) !== null);
  async function send(): Promise<void> {
    setSending(true);
    setRefusals([]);
    try {
      const { accepted, problems } = await post<RecognisedAnswer>(
        `/api/payments/${payment.message}/${payment.at}/recognise`,
        {
          parts: parts.map(({ account }, index) => ({
            account: account.trim(),
            amount: amounts[index] ?? 0,
          })),
          ground: ground.trim(),
        },
      );
      if (accepted) {
        const given = moneyText(payment.left - rest);
        const whose = parts.map(({ account }) => account.trim()).join(", ");
        onRecognised(`Разнесено ${given} ₽: ${whose}`, rest);
      } else setRefusals(problems.map(({ text, remedy }) => `${text}. ${remedy}`));
    } catch (error) {
      const { message, remedy } = failureOf(error);
      setRefusals([`${message}. ${remedy}`]);
    }
    setSending(false);
  }
  return (
    <form
      className="split"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && !sending) send();
      }}
    >
      {payment.suggestions.length > 0 && (
        <p className="small">
          <span className="muted">Похоже на: </span>
          {payment.suggestions.map(({ number, reason }) => (
            <button
              key={number}
              type="button"
              className="act"
              title={REASONS[reason]}
              onClick={() => suggest(number)}
            >
              {number} <span className="muted">{REASONS[reason]}</span>
            </button>
          ))}
        </p>
      )}
      {parts.map((part, index) => (
        <div key={part.key} className="part">
          <TextInput
            size="xs"
            aria-label={`Счёт ${index + 1}`}
            placeholder="Номер счёта"
            value={part.account}
            onChange={(event) => change(part.key, { account: event.currentTarget.value })}
            spellCheck={false}
            data-autofocus={index === 0 || undefined}
          />
          <TextInput
            size="xs"
            aria-label={`Сумма ${index + 1}, ₽`}
            placeholder={moneyText(Math.max(0, amounts[index] ?? 0))}
            value={part.sum}
            error={part.sum !== "" && (amounts[index] ?? null) === null}
            onChange={(event) => change(part.key, { sum: event.currentTarget.value })}
            spellCheck={false}
          />
          {parts.length > 1 && (
            <button
              type="button"
              className="link"
              aria-label={`Убрать счёт ${index + 1}`}
              onClick={() => setParts(parts.filter(({ key }) => key !== part.key))}
            >
              ×
            </button>
          )}
        </div>
      ))}
      <p className={rest < 0 ? "rest refusal" : "rest"}>
        <button
          type="button"
          className="link"
          onClick={() => setParts([...parts, { key: nextKey(parts), account: "", sum: "" }])}
        >
          Ещё счёт
        </button>
        <span>
          {rest < 0 ? "Больше остатка на " : "Останется невыясненным "}
          <b>{moneyText(Math.abs(rest))} ₽</b>
        </span>
      </p>
      <TextInput
        size="xs"
        label="Основание"
        placeholder="Заявление, звонок плательщика, письмо банка"
        value={ground}
        onChange={(event) => setGround(event.currentTarget.value)}
      />
      {refusals.map((text) => (
        <p key={text} className="refusal" role="alert">
          {text}
        </p>
      ))}
      <button type="submit" className="act primary" disabled={!complete || sending}>
        Разнести {moneyText(Math.max(0, payment.left - rest))} ₽
      </button>
    </form>
  );
}

/** Kopecks of each part; an empty last sum takes the rest; null = not a sum. */
function amountsOf(parts: readonly Part[], left: number): readonly (number | null)[] {
  const typed = parts.map(({ sum }) => parseMoney(sum));
  const given = typed.reduce<number>((total, amount) => total + (amount ?? 0), 0);
  return typed.map((amount, index) => {
    if (amount !== null || index < parts.length - 1 || parts[index]?.sum.trim() !== "")
      return amount;
    return left - given > 0 ? left - given : null;
  });
}

function nextKey(parts: readonly Part[]): number {
  return Math.max(...parts.map(({ key }) => key)) + 1;
}
