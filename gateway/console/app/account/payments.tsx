import { MONEY_SOURCE_NAMES } from "../../../http/names.ts";
import type { AccountPaymentsAnswer } from "../../../http/schemas/payments.ts";
import { dayText, moneyText, monthText } from "../../format.ts";
import { useAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { Money } from "./money.tsx";
import { showBytes } from "./view.ts";

type Payment = AccountPaymentsAnswer["payments"][number];

interface Props {
  /** Path of the account in the interface. */
  readonly base: string;
}

/** What came in for the account, newest first; a sum leads to its bytes. */
export function Payments({ base }: Props) {
  const payments = useAnswer<AccountPaymentsAnswer>(`${base}/payments`);
  return (
    <Await of={payments}>
      {({ payments: rows }) => (
        <Panel title="Платежи" aside={<span>всего {moneyText(rows.reduce(addSigned, 0))} ₽</span>}>
          {rows.length === 0 ? (
            <p className="muted">Платежей нет.</p>
          ) : (
            <table className="grid account-payments">
              <thead>
                <tr>
                  <th>Оплачен</th>
                  <th className="figure">Сумма, ₽</th>
                  <th>Откуда</th>
                  <th>Плательщик</th>
                  <th>Назначение</th>
                  <th>За месяц</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((payment) => (
                  <Row key={`${payment.message}:${payment.at}`} payment={payment} />
                ))}
              </tbody>
            </table>
          )}
        </Panel>
      )}
    </Await>
  );
}

/** Money that left, or takes a payment back, lowers what was paid. */
function addSigned(sum: number, { part, direction, reversed }: Payment): number {
  return direction === "OUT" || reversed !== null ? sum - part : sum + part;
}

function Row({ payment }: { readonly payment: Payment }) {
  const { part, amount, source, payer, purpose, period, reversed, recognisedBy } = payment;
  const taken = payment.direction === "OUT" || reversed !== null;
  return (
    <tr>
      <td title={`В банке ${dayText(payment.postedOn)}`}>{dayText(payment.paidOn)}</td>
      <td className="figure">
        <Money
          kopecks={taken ? -part : part}
          why="Платёж, как он стоит в сообщении"
          onExplain={() => showBytes(payment, "page")}
        />
        {part !== amount && <div className="muted small">из {moneyText(amount)}</div>}
      </td>
      <td>
        {MONEY_SOURCE_NAMES[source]} № {payment.documentNumber}
        {recognisedBy !== null && <div className="muted small">разнёс {recognisedBy}</div>}
      </td>
      <td>{payer}</td>
      <td className="cause">
        {reversed !== null && <b>Отмена оплаты. </b>}
        {purpose}
      </td>
      <td>{period === null ? "" : monthText(period)}</td>
    </tr>
  );
}
