import { TextInput } from "@mantine/core";
import { useState } from "react";
import { REFUND_APPROVAL_ROLES, REFUND_ROLES } from "../../../access/roles.ts";
import { DELIVERY_STATE_NAMES } from "../../../http/names.ts";
import type { RefundRow, RefundSaidAnswer } from "../../../http/schemas/refunds.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { dayText, moneyText } from "../../format.ts";
import { failureOf, post } from "../api.ts";
import "../payments/payments.css";

const STATES: Readonly<Record<RefundRow["state"], string>> = {
  ordered: "ждёт утверждения",
  approved: "утверждён, ждёт отправки",
  sent: "в банке, ждёт выписки",
  executed: "исполнен",
  withdrawn: "отозван",
};

interface Props {
  readonly refunds: readonly RefundRow[];
  readonly role: MeAnswer["role"];
  readonly onDecided: () => void;
}

/** Refunds with what may be done about each; the hub checks again who may. */
export function RefundTable({ refunds, role, onDecided }: Props) {
  return (
    <table className="grid refunds">
      <thead>
        <tr>
          <th>Возврат</th>
          <th>Счёт</th>
          <th className="figure">Сумма, ₽</th>
          <th>Получатель</th>
          <th>Основание</th>
          <th>Состояние</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {refunds.map((refund) => (
          <Row key={refund.refund} refund={refund} role={role} onDecided={onDecided} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = Omit<Props, "refunds"> & { readonly refund: RefundRow };

function Row({ refund, role, onDecided }: RowProps) {
  const { order, delivery } = refund;
  const refused = delivery !== null && refund.state === "approved" ? delivery : null;
  return (
    <tr>
      <td>{refund.refund}</td>
      <td>{refund.account}</td>
      <td className="figure">{moneyText(refund.amount)}</td>
      <td>
        {refund.payee} {refund.payeeAccount}
        <div className="muted small">{refund.bankName}</div>
      </td>
      <td className="cause">
        {refund.ground}
        <div className="muted small">
          заказал {refund.orderedBy}
          {refund.approvedBy !== null && `, утвердил ${refund.approvedBy}`}
          {refund.withdrawnBy !== null && `, отозвал ${refund.withdrawnBy}: ${refund.withdrawnFor}`}
        </div>
      </td>
      <td>
        {STATES[refund.state]}
        {order !== null && (
          <div className="muted small">
            поручение № {order.number} от {dayText(order.day)}
          </div>
        )}
        {refused !== null && (
          <div className="muted small">
            {DELIVERY_STATE_NAMES[refused.state]} {refused.text}
          </div>
        )}
      </td>
      <td>
        <Decision refund={refund} role={role} onDecided={onDecided} />
      </td>
    </tr>
  );
}

/** One ground for whichever of the two is chosen. */
function Decision({ refund, role, onDecided }: RowProps) {
  const [ground, setGround] = useState("");
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [sending, setSending] = useState(false);
  const mayApprove = refund.state === "ordered" && REFUND_APPROVAL_ROLES.includes(role);
  const isOpen = refund.state !== "executed" && refund.state !== "withdrawn";
  if (!isOpen || !REFUND_ROLES.includes(role)) return null;
  const refusedByBank = refund.state === "sent";
  async function send(action: "approve" | "withdraw"): Promise<void> {
    setSending(true);
    setRefusals([]);
    try {
      const { accepted, problems } = await post<RefundSaidAnswer>(
        `/api/accounts/${encodeURIComponent(refund.account)}/refunds/${refund.refund}/${action}`,
        action === "approve" ? { ground } : { ground, refusedByBank },
      );
      if (accepted) onDecided();
      else setRefusals(problems.map(({ text, remedy }) => `${text}. ${remedy}`));
    } catch (error) {
      const { message, remedy } = failureOf(error);
      setRefusals([`${message}. ${remedy}`]);
    }
    setSending(false);
  }
  const ready = ground.trim() !== "" && !sending;
  return (
    <>
      <TextInput
        size="xs"
        aria-label={`Основание решения по возврату ${refund.refund}`}
        placeholder="Основание решения"
        value={ground}
        onChange={(event) => setGround(event.currentTarget.value)}
      />
      {mayApprove && (
        <button type="button" className="act" disabled={!ready} onClick={() => send("approve")}>
          Утвердить
        </button>
      )}
      <button type="button" className="act" disabled={!ready} onClick={() => send("withdraw")}>
        {refusedByBank ? "Банк отказал" : "Отозвать"}
      </button>
      {refusals.map((text) => (
        <p key={text} className="refusal" role="alert">
          {text}
        </p>
      ))}
    </>
  );
}
