import { DELIVERY_STATE_NAMES } from "../../../http/names.ts";
import type { DestinationsAnswer, MovedAnswer } from "../../../http/schemas/deliveries.ts";
import { durationText, russianNumber } from "../../format.ts";
import { instantText } from "../account/timeline.tsx";
import { post } from "../api.ts";
import { Doing } from "../doing.tsx";
import { Panel } from "../panel.tsx";
import type { DeliveryState, Filter } from "./view.ts";
import { choose } from "./view.ts";

type Destination = DestinationsAnswer["destinations"][number];

const STATES = Object.keys(DELIVERY_STATE_NAMES) as DeliveryState[];

interface Props {
  readonly destinations: readonly Destination[];
  readonly filter: Filter;
  readonly mayMove: boolean;
  readonly onChanged: () => void;
}

/** A row per destination; each count leads to its deliveries. */
export function Destinations({ destinations, filter, mayMove, onChanged }: Props) {
  if (destinations.length === 0) {
    return (
      <Panel title="Доставки">
        <p className="muted">
          Пока ничего не отправляется. Доставки появятся, когда у хаба настроен канал отправки и
          утверждён расчёт.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Доставки">
      <div className="scroll">
        <table className="grid destinations">
          <thead>
            <tr>
              <th>Назначение</th>
              {STATES.map((state) => (
                <th key={state}>{DELIVERY_STATE_NAMES[state]}</th>
              ))}
              <th>Старшее ждёт</th>
              <th>Последний ответ</th>
            </tr>
          </thead>
          <tbody>
            {destinations.map((destination) => (
              <Row key={destination.destination} {...{ destination, filter, mayMove, onChanged }} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface RowProps extends Omit<Props, "destinations"> {
  readonly destination: Destination;
}

function Row({ destination, filter, mayMove, onChanged }: RowProps) {
  const { destination: name, counts, oldestSince, lastSuccess, pause } = destination;
  const chosen = filter.destination === name;
  return (
    <>
      <tr aria-selected={chosen} className={pause === null ? "" : "paused"}>
        <td>
          <button
            type="button"
            className="link"
            aria-pressed={chosen && filter.state === null}
            onClick={() => choose({ destination: name, state: null, code: null })}
          >
            {name}
          </button>
        </td>
        {STATES.map((state) => (
          <td key={state}>
            {counts[state] === 0 ? (
              <span className="muted">0</span>
            ) : (
              <button
                type="button"
                className={`count is-${state}`}
                aria-pressed={chosen && filter.state === state}
                aria-label={`${name}: ${DELIVERY_STATE_NAMES[state]}, ${counts[state]}`}
                onClick={() => choose({ destination: name, state, code: null })}
              >
                {russianNumber(String(counts[state]))}
              </button>
            )}
          </td>
        ))}
        <td>{oldestSince === null ? "—" : durationText(ageSeconds(oldestSince))}</td>
        <td>{lastSuccess === null ? "—" : instantText(lastSuccess)}</td>
      </tr>
      {pause !== null && (
        <tr className="pause">
          <td colSpan={STATES.length + 3}>
            <b>{pause.stopped ? "Остановлено" : "Пауза"}</b>
            {pause.until !== null && ` до ${instantText(pause.until)}`}: {pause.text}.{" "}
            {pause.remedy !== "" && `${pause.remedy}. `}
            <span className="muted">
              {instantText(pause.at)}
              {pause.code !== null && `, ${pause.code}`}
            </span>{" "}
            {mayMove && (
              <Doing
                words="Возобновить отправку"
                sure={null}
                act={async () => {
                  await post<MovedAnswer>(
                    `/api/destinations/${encodeURIComponent(name)}/release`,
                    null,
                  );
                  onChanged();
                }}
              />
            )}
          </td>
        </tr>
      )}
    </>
  );
}

function ageSeconds(since: string): number {
  return (Date.now() - Date.parse(since)) / 1000;
}
