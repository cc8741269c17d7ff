import { Drawer } from "@mantine/core";
import { REVEAL_ROLES } from "../../../access/roles.ts";
import { DELIVERY_STATE_NAMES, EXCHANGE_STATE_NAMES } from "../../../http/names.ts";
import type { DeliveryCardAnswer, MovedAnswer } from "../../../http/schemas/deliveries.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { sizeText } from "../../format.ts";
import { instantText } from "../account/timeline.tsx";
import { post, useLiveAnswer } from "../api.ts";
import { Doing } from "../doing.tsx";
import { InnerLink } from "../inner-link.tsx";
import { Await } from "../panel.tsx";
import { accountAddress, go, usePlace, withQuery } from "../router.ts";
import { ExchangeBytes } from "./exchange-bytes.tsx";
import type { Opened } from "./view.ts";
import { closeDelivery, MOVE_NAMES, MOVES, objectTitle } from "./view.ts";

type Attempt = DeliveryCardAnswer["attemptList"][number];

interface Props {
  readonly destination: string;
  readonly opened: Opened | null;
  readonly role: MeAnswer["role"];
  readonly mayMove: boolean;
  readonly round: number;
  readonly onChanged: () => void;
}

/** One delivery beside the list: what it waits for, each attempt, what went and what came back. */
export function DeliveryDrawer({ destination, opened, role, mayMove, round, onChanged }: Props) {
  const path =
    opened === null
      ? null
      : `/api/deliveries/${encodeURIComponent(destination)}/${opened.shard}/${encodeURIComponent(opened.object)}`;
  const card = useLiveAnswer<DeliveryCardAnswer>(path, round);
  return (
    <Drawer
      opened={opened !== null}
      onClose={closeDelivery}
      position="right"
      size={680}
      title={card.state === "ready" ? objectTitle(card.answer) : "Доставка"}
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      shadow="xl"
      transitionProps={{ duration: 90 }}
      closeButtonProps={{ "aria-label": "Закрыть" }}
    >
      <Await of={card}>{(answer) => <Card {...{ answer, role, mayMove, onChanged }} />}</Await>
    </Drawer>
  );
}

interface CardProps extends Pick<Props, "role" | "mayMove" | "onChanged"> {
  readonly answer: DeliveryCardAnswer;
}

function Card({ answer, role, mayMove, onChanged }: CardProps) {
  const { destination, object, state, account, needs, foreignIds, attemptList, text } = answer;
  const moves = mayMove ? (MOVES[state] ?? []) : [];
  return (
    <div className="delivery-card">
      <p>
        <span className={`state is-${state}`}>{DELIVERY_STATE_NAMES[state]}</span>{" "}
        {account !== null && (
          <InnerLink className="number" href={accountAddress(account)}>
            {account}
          </InnerLink>
        )}{" "}
        <span className="muted small">
          {destination} · {object}
        </span>
      </p>
      {text !== null && (
        <p className="held">
          {answer.foreignCode !== null && <code>{answer.foreignCode} </code>}
          {text}. {answer.remedy !== "" && `${answer.remedy}. `}
          {answer.code !== null && <code>{answer.code}</code>}
        </p>
      )}
      <Needs needs={needs} />
      {Object.entries(foreignIds).map(([name, id]) => (
        <p key={name} className="small">
          <span className="muted">{name}</span> <code>{id}</code>
        </p>
      ))}
      {moves.length > 0 && (
        <p className="actions">
          {moves.map((move) => (
            <Doing
              key={move}
              words={MOVE_NAMES[move]}
              sure={move === "withdraw" ? "Отозвать?" : null}
              act={async () => {
                const base = `/api/destinations/${encodeURIComponent(destination)}/deliveries`;
                await post<MovedAnswer>(`${base}/${move}`, { objects: [object] });
                onChanged();
              }}
            />
          ))}
        </p>
      )}
      <h3>{attemptList.length === 0 ? "Ещё не отправлялось" : `Попытки, ${attemptList.length}`}</h3>
      {attemptList.map((attempt) => (
        <AttemptView key={attempt.exchange} attempt={attempt} find={account} role={role} />
      ))}
    </div>
  );
}

/** Objects that must stand at the counterpart before this one goes. */
function Needs({ needs }: Pick<DeliveryCardAnswer, "needs">) {
  if (needs.length === 0) return null;
  return (
    <p className="small">
      <span className="muted">Сначала: </span>
      {needs.map(({ object, state }, index) => (
        <span key={object}>
          {index > 0 && ", "}
          {object}{" "}
          <span className={`state is-${state ?? "refused"}`}>
            {state === null ? "нет такой доставки" : DELIVERY_STATE_NAMES[state]}
          </span>
        </span>
      ))}
    </p>
  );
}

interface AttemptProps {
  readonly attempt: Attempt;
  /** Text by which the object is found in a message of many. */
  readonly find: string | null;
  readonly role: MeAnswer["role"];
}

const OUTCOMES: Readonly<Record<string, string>> = {
  accepted: "принято",
  refused: "отказано",
  returned: "возвращено без рассмотрения",
};

function AttemptView({ attempt, find, role }: AttemptProps) {
  const { query } = usePlace();
  const { exchange, outcome, answerBytes, requestBytes } = attempt;
  const shown = query.get("exchange");
  const parts = [
    ["request", "Запрос", requestBytes],
    ["answer", "Ответ", answerBytes],
  ] as const;
  return (
    <section className="attempt" aria-label={`Обмен ${exchange}`}>
      <p>
        <b>{instantText(attempt.sentAt ?? attempt.createdAt)}</b>{" "}
        <span className={`state is-${outcome ?? attempt.state}`}>
          {OUTCOMES[outcome ?? ""] ?? EXCHANGE_STATE_NAMES[attempt.state] ?? attempt.state}
        </span>{" "}
        <span className="muted small">
          {attempt.operation}, объектов {attempt.objects}
          {attempt.polls > 0 && `, опросов ${attempt.polls}`}
          {attempt.endedAt !== null && `, окончен ${instantText(attempt.endedAt)}`}
        </span>
      </p>
      {attempt.text !== null && attempt.text !== "" && (
        <p>
          {attempt.foreignCode !== null && <code>{attempt.foreignCode} </code>}
          {attempt.text}{" "}
          {attempt.code !== null && <span className="muted small">{attempt.code}</span>}
        </p>
      )}
      <p className="muted small">
        сообщение {attempt.messageId}
        {attempt.foreignMessage !== null && `, у контрагента ${attempt.foreignMessage}`}
      </p>
      <p className="parts">
        {parts.map(([part, name, size]) => {
          if (size === null) return null;
          const key = `${exchange}.${part}`;
          return (
            <button
              key={part}
              type="button"
              className="link"
              aria-expanded={shown === key}
              onClick={() => go(withQuery({ exchange: shown === key ? null : key }))}
            >
              {name}, {sizeText(size)}
            </button>
          );
        })}
      </p>
      {parts.map(
        ([part]) =>
          shown === `${exchange}.${part}` && (
            <ExchangeBytes
              key={part}
              {...{ exchange, part }}
              find={part === "request" && attempt.objects > 1 ? find : null}
              mayReveal={REVEAL_ROLES.includes(role)}
            />
          ),
      )}
    </section>
  );
}
