import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { DELIVERY_STATE_NAMES } from "../../../http/names.ts";
import type { DeliveriesAnswer, MovedAnswer } from "../../../http/schemas/deliveries.ts";
import { plural, russianNumber } from "../../format.ts";
import { instantText } from "../account/timeline.tsx";
import { post } from "../api.ts";
import { Doing } from "../doing.tsx";
import { InnerLink } from "../inner-link.tsx";
import { Panel } from "../panel.tsx";
import { accountAddress, usePlace } from "../router.ts";
import type { Delivery, Filter, Move } from "./view.ts";
import { choose, MOVE_NAMES, MOVES, objectTitle, openDelivery, openedOf } from "./view.ts";

interface Props {
  readonly answer: DeliveriesAnswer;
  readonly filter: Filter;
  readonly mayMove: boolean;
  readonly onChanged: () => void;
}

/** Deliveries of one destination; ↑ ↓ go along the rows, a space chooses one, Enter opens it. */
export function DeliveryList({ answer, filter, mayMove, onChanged }: Props) {
  const { deliveries, next, causes } = answer;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(0);
  const toggle = (object: string) =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(object)) after.add(object);
      return after;
    });
  useRowKeys(deliveries, at, setAt, mayMove ? toggle : null);
  const state = filter.state === null ? "" : `: ${DELIVERY_STATE_NAMES[filter.state]}`;
  return (
    <Panel title={filter.destination + state} aside={<AccountFilter value={filter.account} />}>
      <Causes causes={causes} filter={filter} />
      {mayMove && <Actions {...{ deliveries, chosen, filter, onChanged }} />}
      <table className="grid delivery-list">
        <thead>
          <tr>
            {mayMove && <th aria-label="Выбор" />}
            <th>Объект</th>
            <th>Счёт</th>
            <th>Состояние</th>
            <th>Попыток</th>
            <th>Изменено</th>
            <th>Причина</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery, index) => (
            <Row
              key={delivery.object}
              delivery={delivery}
              current={index === at}
              chosen={chosen.has(delivery.object)}
              onToggle={mayMove ? () => toggle(delivery.object) : null}
              onOpen={() => {
                setAt(index);
                openDelivery(delivery);
              }}
            />
          ))}
        </tbody>
      </table>
      {deliveries.length === 0 && <p className="muted">Таких доставок нет.</p>}
      <p className="pages">
        {filter.cursor !== null && (
          <button type="button" className="link" onClick={() => choose({ cursor: null })}>
            К началу
          </button>
        )}
        {next !== null && (
          <button type="button" className="link" onClick={() => choose({ cursor: next })}>
            Дальше
          </button>
        )}
      </p>
    </Panel>
  );
}

interface RowProps {
  readonly delivery: Delivery;
  readonly current: boolean;
  readonly chosen: boolean;
  readonly onToggle: (() => void) | null;
  readonly onOpen: () => void;
}

function Row({ delivery, current, chosen, onToggle, onOpen }: RowProps) {
  const { object, account, state, attempts, changedAt, nextAt, code, foreignCode, text } = delivery;
  return (
    <tr className={current ? "current" : ""} onClick={onOpen}>
      {onToggle !== null && (
        <td>
          <input
            type="checkbox"
            aria-label={`Выбрать ${object}`}
            checked={chosen}
            onClick={(event) => event.stopPropagation()}
            onChange={onToggle}
          />
        </td>
      )}
      <td>
        <button type="button" className="plain object" onClick={onOpen}>
          {objectTitle(delivery)}
        </button>
        <span className="muted small"> {object}</span>
      </td>
      <td>
        {account !== null && (
          <InnerLink className="number" href={accountAddress(account)}>
            {account}
          </InnerLink>
        )}
      </td>
      <td>
        <span className={`state is-${state}`}>{DELIVERY_STATE_NAMES[state]}</span>
        {nextAt !== null && attempts > 0 && (
          <span className="muted small"> до {instantText(nextAt)}</span>
        )}
      </td>
      <td className="figure">{attempts}</td>
      <td>{instantText(changedAt)}</td>
      <td className="cause">
        {foreignCode !== null && <code>{foreignCode}</code>} {text}{" "}
        {code !== null && <span className="muted small">{code}</span>}
      </td>
    </tr>
  );
}

/** Causes of the whole destination: one click leaves the deliveries of one. */
function Causes({
  causes,
  filter,
}: {
  readonly causes: Props["answer"]["causes"];
  filter: Filter;
}) {
  const shown = causes.filter(({ state }) => filter.state === null || state === filter.state);
  if (shown.length === 0) return null;
  return (
    <div className="groups">
      {shown.map(({ state, code, text, count }) => {
        const pressed = filter.code === code && filter.state === state;
        return (
          <button
            key={`${state}/${code}`}
            type="button"
            className="link"
            title={`${text} (${code})`}
            aria-pressed={pressed}
            onClick={() => choose(pressed ? { code: null } : { state, code })}
          >
            {text}: {russianNumber(String(count))}
          </button>
        );
      })}
    </div>
  );
}

interface ActionsProps extends Pick<Props, "filter" | "onChanged"> {
  readonly deliveries: readonly Delivery[];
  readonly chosen: ReadonlySet<string>;
}

/** What can be done with the chosen rows; with none chosen, with all of the filter's state and cause. */
function Actions({ deliveries, chosen, filter, onChanged }: ActionsProps) {
  const [done, setDone] = useState<string | null>(null);
  const rows = deliveries.filter(({ object }) => chosen.has(object));
  const whole = rows.length === 0;
  const states = whole ? [filter.state] : [...new Set(rows.map(({ state }) => state))];
  const moves = [
    ...new Set(states.flatMap((state) => (state === null ? [] : (MOVES[state] ?? [])))),
  ];
  if (deliveries.length === 0 || (whole && filter.account !== null) || moves.length === 0) {
    return <p className="actions muted small">{done ?? "Выберите доставки или состояние"}</p>;
  }
  const act = async (move: Move): Promise<void> => {
    const body = whole
      ? { state: filter.state, code: filter.code ?? "any" }
      : { objects: rows.map(({ object }) => object) };
    const path = `/api/destinations/${encodeURIComponent(filter.destination)}/deliveries/${move}`;
    const { moved } = await post<MovedAnswer>(path, body);
    const noun = plural(moved, "доставка", "доставки", "доставок");
    setDone(`${MOVE_NAMES[move]}: ${russianNumber(String(moved))} ${noun}`);
    onChanged();
  };
  const what = whole
    ? filter.code === null
      ? "Все в этом состоянии"
      : "Все с этой причиной"
    : `Выбрано ${rows.length}`;
  return (
    <p className="actions">
      <span>{what}:</span>
      {moves.map((move) => (
        <Doing
          key={move}
          words={MOVE_NAMES[move]}
          sure={whole || move === "withdraw" ? `${MOVE_NAMES[move]}?` : null}
          act={() => act(move)}
        />
      ))}
      {done !== null && (
        <span className="muted small" role="status">
          {done}
        </span>
      )}
    </p>
  );
}

function AccountFilter({ value }: { readonly value: string | null }) {
  const [text, setText] = useState(value ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        choose({ account: text.trim() === "" ? null : text.trim() });
      }}
    >
      <TextInput
        size="xs"
        aria-label="Доставки счёта"
        placeholder="Номер счёта, Enter"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        spellCheck={false}
      />
    </form>
  );
}

function useRowKeys(
  deliveries: readonly Delivery[],
  at: number,
  setAt: (at: number) => void,
  toggle: ((object: string) => void) | null,
): void {
  const { query } = usePlace();
  const isOpen = openedOf(query) !== null;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event;
      const typing = target instanceof HTMLInputElement && target.type !== "checkbox";
      if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const row = deliveries[at];
      if (step !== 0) {
        const to = deliveries[at + step];
        if (to === undefined) return;
        event.preventDefault();
        setAt(at + step);
        if (isOpen) openDelivery(to);
      } else if (target === document.body && row !== undefined) {
        if (event.key === "Enter") openDelivery(row);
        if (event.key === " " && toggle !== null) {
          event.preventDefault();
          toggle(row.object);
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [deliveries, at, setAt, toggle, isOpen]);
}
