import { useState } from "react";
import { REFUND_ROLES } from "../../../access/roles.ts";
import type { AccountRefundsAnswer, RefundsAnswer } from "../../../http/schemas/refunds.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { moneyText } from "../../format.ts";
import { useLiveAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { RefundForm } from "./refund-form.tsx";
import { RefundTable } from "./refund-table.tsx";

interface Props {
  /** Path of the account in the interface. */
  readonly base: string;
  readonly role: MeAnswer["role"];
}

/** Refunds of an account, and the form for a new one where there is an advance. */
export function AccountRefunds({ base, role }: Props) {
  const [round, setRound] = useState(0);
  const [ordering, setOrdering] = useState(false);
  const answer = useLiveAnswer<AccountRefundsAnswer>(`${base}/refunds`, round);
  const renew = () => setRound((before) => before + 1);
  return (
    <Await of={answer}>
      {({ refundable, refunds }) => {
        const mayOrder = refundable > 0 && REFUND_ROLES.includes(role);
        if (refunds.length === 0 && !mayOrder) return null;
        return (
          <Panel title="Возвраты" aside={<span>можно вернуть {moneyText(refundable)} ₽</span>}>
            {mayOrder && !ordering && (
              <button type="button" className="act" onClick={() => setOrdering(true)}>
                Вернуть аванс
              </button>
            )}
            {mayOrder && ordering && (
              <RefundForm
                base={base}
                refundable={refundable}
                onOrdered={() => {
                  setOrdering(false);
                  renew();
                }}
              />
            )}
            {refunds.length > 0 && <RefundTable refunds={refunds} role={role} onDecided={renew} />}
          </Panel>
        );
      }}
    </Await>
  );
}

/** Refunds of the organisation that wait for a person or for the bank. */
export function OpenRefunds({ role }: Pick<Props, "role">) {
  const [round, setRound] = useState(0);
  const answer = useLiveAnswer<RefundsAnswer>("/api/refunds", round);
  if (answer.state !== "ready" || answer.answer.refunds.length === 0) return null;
  return (
    <Panel title="Возвраты">
      <RefundTable
        refunds={answer.answer.refunds}
        role={role}
        onDecided={() => setRound((before) => before + 1)}
      />
    </Panel>
  );
}
