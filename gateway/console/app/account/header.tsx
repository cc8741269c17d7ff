import { useState } from "react";
import { CATEGORY_NAMES, VOLTAGE_NAMES } from "../../../http/names.ts";
import type { AccountCardAnswer, BalanceAnswer } from "../../../http/schemas/accounts.ts";
import { balanceWord, dayText, moneyText, plural } from "../../format.ts";
import type { Loaded } from "../api.ts";
import { failureOf, post } from "../api.ts";
import { show } from "./view.ts";

interface Props {
  readonly card: AccountCardAnswer;
  readonly balance: Loaded<BalanceAnswer>;
  readonly mayReveal: boolean;
}

export function AccountHeader({ card, balance, mayReveal }: Props) {
  return (
    <header className="account-header">
      <div>
        <div className="account-title">
          <h1 className="number">{card.number}</h1>
          <CopyLink />
          <Holder card={card} mayReveal={mayReveal} />
        </div>
        <p>
          {card.address}
          {card.premises === "" ? "" : `, ${card.premises}`}
          <span className="muted"> · {card.district} район</span>
        </p>
        <p className="muted">{factsText(card).join(" · ")}</p>
      </div>
      {balance.state === "ready" && <BalanceBox balance={balance.answer} />}
    </header>
  );
}

function BalanceBox({ balance }: { readonly balance: BalanceAnswer }) {
  const word = balanceWord(balance.balance);
  const tone = word === "долг" ? "debt" : word === "переплата" ? "credit" : "even";
  const last = balance.months.at(-1)?.period;
  return (
    <button
      type="button"
      className={`balance ${tone}`}
      title="Почему столько: движение сальдо"
      disabled={last === undefined}
      onClick={() => last !== undefined && show(last, { kind: "balance" })}
    >
      <span>{word}</span>
      <b>{moneyText(Math.abs(balance.balance))} ₽</b>
    </button>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(window.location.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  return (
    <button type="button" className="link small" onClick={copy} title="Ссылка на эту страницу">
      {copied ? "скопировано" : "скопировать ссылку"}
    </button>
  );
}

function Holder({ card, mayReveal }: Omit<Props, "balance">) {
  const [full, setFull] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  async function reveal(): Promise<void> {
    try {
      const path = `/api/accounts/${encodeURIComponent(card.number)}/reveal`;
      setFull((await post<{ holder: string }>(path, null)).holder);
    } catch (error) {
      setRefusal(failureOf(error).message);
    }
  }
  const hidden = full === null && card.holder.includes("•");
  return (
    <>
      <span className="holder">{full ?? card.holder}</span>
      {hidden && mayReveal && (
        <button
          type="button"
          className="link small"
          onClick={reveal}
          title="Просмотр записывается в журнал"
        >
          показать имя
        </button>
      )}
      {refusal !== null && <span className="refusal">{refusal}</span>}
    </>
  );
}

/** Short facts of the account in one line. */
function factsText({ siteKind, household, contract, ...card }: AccountCardAnswer): string[] {
  const kind = { PRIVATE_HOUSE: "жилой дом", MKD: "квартира в МКД", BUSINESS: "договор" }[siteKind];
  const since = `с ${dayText(card.servedFrom)}`;
  const until = card.servedTo === null ? "" : ` по ${dayText(card.servedTo)}`;
  const facts = [`${kind} ${since}${until}`];
  if (household !== null) {
    const { residents, areaM2, category, norm } = household;
    const people = plural(residents ?? 0, "проживающий", "проживающих", "проживающих");
    facts.push(residents === null ? "число проживающих не задано" : `${residents} ${people}`);
    facts.push(`${areaM2.replace(".", ",")} м²`, CATEGORY_NAMES[category] ?? `тариф ${category}`);
    facts.push(norm === null ? "норматив не задан" : `норматив ${norm}`);
  }
  if (contract !== null) {
    const level = VOLTAGE_NAMES[contract.voltageLevel as keyof typeof VOLTAGE_NAMES];
    facts.push(`ИНН ${contract.inn}`, `ЦК ${contract.priceCategory}`, level);
    facts.push(`максимальная мощность ${contract.maxPowerKw} кВт`);
  }
  return facts;
}
