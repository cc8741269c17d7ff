import { useEffect, useState } from "react";
import { SOURCE_NAMES } from "../../../http/names.ts";
import type { HeldReadingsAnswer } from "../../../http/schemas/readings.ts";
import { dayText, volumeText } from "../../format.ts";
import { InnerLink } from "../inner-link.tsx";
import { accountAddress, go, withQuery } from "../router.ts";
import type { HeldRow } from "./view.ts";
import { givenText, keyOf, ownerText, previousText, ratioText } from "./view.ts";

interface Props {
  readonly answer: HeldReadingsAnswer;
  readonly opened: HeldRow | null;
  readonly cursor: string | null;
}

export function HeldTable({ answer: { readings, next }, opened, cursor }: Props) {
  const [at, setAt] = useState(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey) return;
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const to = readings[at + step];
      if (step !== 0 && to !== undefined) {
        event.preventDefault();
        setAt(at + step);
        if (opened !== null) go(withQuery({ reading: keyOf(to) }), "replace");
      }
      if (event.key === "Enter" && event.target === document.body && to !== undefined) {
        go(withQuery({ reading: keyOf(to) }));
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [readings, at, opened]);
  return (
    <>
      <table className="grid delivery-list held-list">
        <thead>
          <tr>
            <th>Счёт</th>
            <th>Прибор</th>
            <th>На дату</th>
            <th className="figure">Было</th>
            <th className="figure">Передано</th>
            <th className="figure">Расход, кВт·ч</th>
            <th className="figure">К обычному</th>
            <th>Источник</th>
            <th>Причина</th>
          </tr>
        </thead>
        <tbody>
          {readings.map((reading, index) => (
            <Row
              key={keyOf(reading)}
              reading={reading}
              isCurrent={opened === null ? index === at : reading === opened}
              onOpen={() => {
                setAt(index);
                go(withQuery({ reading: keyOf(reading) }));
              }}
            />
          ))}
        </tbody>
      </table>
      {readings.length === 0 && <p className="muted">Таких показаний нет.</p>}
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
    </>
  );
}

interface RowProps {
  readonly reading: HeldRow;
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
}

function Row({ reading, isCurrent, onOpen }: RowProps) {
  const { account, meter, readOn, volume, source, problem, decision } = reading;
  return (
    <tr className={isCurrent ? "current" : ""} onClick={onOpen}>
      <td>
        {account === null ? (
          <span className="muted">{ownerText(reading)}</span>
        ) : (
          <InnerLink className="number" href={accountAddress(account)}>
            {account}
          </InnerLink>
        )}
      </td>
      <td>{meter}</td>
      <td>{dayText(readOn)}</td>
      <td className="figure">{previousText(reading)}</td>
      <td className="figure">
        <b>{givenText(reading)}</b>
      </td>
      <td className="figure">{volume === null ? "" : volumeText(volume)}</td>
      <td className="figure">{ratioText(reading)}</td>
      <td>{SOURCE_NAMES[source]}</td>
      <td className="cause" title={problem.code}>
        {problem.text}
        {decision !== null && (
          <span className="muted small">
            {" "}
            · отклонено, {decision.author}: {decision.ground}
          </span>
        )}
      </td>
    </tr>
  );
}
