import { TextInput } from "@mantine/core";
import { useState } from "react";
import type { RefundSaidAnswer } from "../../../http/schemas/refunds.ts";
import { moneyText, parseMoney } from "../../format.ts";
import { failureOf, post } from "../api.ts";

const FIELDS = {
  sum: "Сумма, ₽",
  name: "Получатель",
  inn: "ИНН (если есть)",
  account: "Счёт получателя, 20 цифр",
  bankName: "Банк получателя",
  bic: "БИК",
  correspondentAccount: "Корреспондентский счёт",
  ground: "Основание",
  purpose: "Назначение платежа (для договора обязательно)",
} as const;
type Field = keyof typeof FIELDS;
const OPTIONAL: readonly Field[] = ["inn", "purpose"];

interface Props {
  /** Path of the account in the interface. */
  readonly base: string;
  readonly refundable: number;
  readonly onOrdered: () => void;
}

/** Orders that an advance be sent back; another person has to approve it. */
export function RefundForm({ base, refundable, onOrdered }: Props) {
  const [given, setGiven] = useState<Readonly<Record<Field, string>>>({
    ...{ sum: moneyText(refundable), name: "", inn: "", account: "", bankName: "" },
    ...{ bic: "", correspondentAccount: "", ground: "", purpose: "" },
  });
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [sending, setSending] = useState(false);
  const amount = parseMoney(given.sum);
  const names = Object.keys(FIELDS) as Field[];
  const complete =
    amount !== null &&
    names.every((name) => OPTIONAL.includes(name) || given[name].trim() !== "") &&
    !sending;
  async function send(): Promise<void> {
    setSending(true);
    setRefusals([]);
    const { name, inn, account, bankName, bic, correspondentAccount, ground, purpose } = given;
    try {
      const { accepted, problems } = await post<RefundSaidAnswer>(`${base}/refunds`, {
        amount,
        payee: { name, inn, account, bankName, bic, correspondentAccount },
        ...(purpose.trim() === "" ? {} : { purpose: purpose.trim() }),
        ground: ground.trim(),
      });
      if (accepted) onOrdered();
      else setRefusals(problems.map(({ text, remedy }) => `${text}. ${remedy}`));
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
        if (complete) send();
      }}
    >
      {names.map((name) => (
        <TextInput
          key={name}
          size="xs"
          label={FIELDS[name]}
          value={given[name]}
          onChange={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
          spellCheck={false}
        />
      ))}
      {refusals.map((text) => (
        <p key={text} className="refusal" role="alert">
          {text}
        </p>
      ))}
      <button type="submit" className="act primary" disabled={!complete}>
        Заказать возврат {amount === null ? "" : `${moneyText(amount)} ₽`}
      </button>
    </form>
  );
}
