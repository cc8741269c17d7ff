import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { TimelineEventAnswer } from "../../../http/schemas/accounts.ts";
import { dayText } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { Money } from "./money.tsx";
import { show, showBytes } from "./view.ts";

const KINDS = [
  { value: "all", label: "Всё" },
  { value: "money", label: "Деньги" },
  { value: "reading", label: "Показания" },
  { value: "fact", label: "Данные" },
];

interface Props {
  readonly events: readonly TimelineEventAnswer[];
}

/** Everything that happened to the account, by the day it is about. */
export function Timeline({ events }: Props) {
  const [kind, setKind] = useState("all");
  const shown = events.filter((event) => {
    if (kind === "all") return true;
    return kind === "money"
      ? event.kind === "charge" || event.kind === "payment"
      : event.kind === kind;
  });
  return (
    <Panel
      title="События"
      aside={<SegmentedControl size="xs" data={KINDS} value={kind} onChange={setKind} />}
    >
      <ol className="timeline">
        {shown.map((event, index) => (
          <Event
            // Two events may be equal in everything that a person sees, and the list never changes
            // in place.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            key={`${event.day}/${event.title}/${event.origin?.at ?? ""}/${index}`}
            event={event}
            day={shown[index - 1]?.day === event.day ? "" : dayText(event.day)}
          />
        ))}
      </ol>
      {shown.length === 0 && <p className="muted">Ничего не было.</p>}
    </Panel>
  );
}

interface EventProps {
  readonly event: TimelineEventAnswer;
  readonly day: string;
}

function Event({ event, day }: EventProps) {
  const { title, detail, amount, month, origin, recordedAt, author, inForce, kind } = event;
  const noted = [recordedAt === null ? null : `внесено ${instantText(recordedAt)}`, author];
  return (
    <li className={`event ${kind}${inForce ? "" : " replaced"}`}>
      <span className="day">{day}</span>
      <span className="dot" />
      <div>
        <b>{title}</b>
        {detail !== "" && <span> {detail}</span>}
        {!inForce && <span className="muted"> · заменено</span>}
        <div className="muted small">
          {noted.filter((text) => text !== null).join(" · ")}
          {origin !== null && (
            <button type="button" className="link" onClick={() => showBytes(origin, "page")}>
              сообщение {origin.message}
            </button>
          )}
        </div>
      </div>
      {amount !== null && (
        <Money
          kopecks={amount}
          why={title}
          onExplain={
            month !== null
              ? () => show(month, { kind: title === "Пени" ? "balance" : "total" })
              : origin !== null
                ? () => showBytes(origin, "page")
                : null
          }
        />
      )}
    </li>
  );
}

const INSTANT = new Intl.DateTimeFormat("ru-RU", {
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** By the clock of the person who looks. */
export function instantText(iso: string): string {
  return INSTANT.format(new Date(iso)).replace(",", "");
}
