import { Drawer } from "@mantine/core";
import { useEffect, useState } from "react";
import type { HeldReadingsAnswer } from "../../../http/schemas/readings.ts";
import { russianNumber } from "../../format.ts";
import { MessageBytes } from "../account/message-bytes.tsx";
import { useLiveAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { go, usePlace, withQuery } from "../router.ts";
import { Decide } from "./decide.tsx";
import { HeldTable } from "./held-table.tsx";
import { ReadingHead } from "./reading-head.tsx";
import type { HeldRow } from "./view.ts";
import { keyOf } from "./view.ts";
import "../account/account.css";
import "../deliveries/deliveries.css";
import "../payments/payments.css";
import "./readings.css";

const TABS = [
  { list: "held", path: "held", name: "Ждут подтверждения" },
  { list: "refused", path: "rejected", name: "Отклонённые показания" },
] as const;
type Tab = (typeof TABS)[number];

/** Readings that control did not let in: ↑ ↓ go along the list, Enter opens one to be decided. */
export function ReadingControlPage() {
  const { query } = usePlace();
  const [round, setRound] = useState(0);
  const [done, setDone] = useState<string | null>(null);
  const tab = TABS.find(({ path }) => path === query.get("list")) ?? TABS[0];
  const cursor = query.get("cursor");
  const path = `/api/readings/${tab.path}${cursor === null ? "" : `?cursor=${cursor}`}`;
  const answer = useLiveAnswer<HeldReadingsAnswer>(path, round);
  useEffect(() => {
    document.title = "Показания: контроль — энергохаб";
  }, []);
  const readings = answer.state === "ready" ? answer.answer.readings : [];
  const opened = readings.find((reading) => keyOf(reading) === query.get("reading"));
  const onDecided = (words: string) => {
    setDone(words);
    setRound((before) => before + 1);
    const next = opened === undefined ? undefined : readings[readings.indexOf(opened) + 1];
    go(withQuery({ reading: next === undefined ? null : keyOf(next) }), "replace");
  };
  return (
    <main className="deliveries">
      <Await of={answer}>
        {(ready) => (
          <Panel title="Показания: контроль" aside={<Tabs chosen={tab} answer={ready} />}>
            {done !== null && (
              <p className="done" role="status">
                {done}
              </p>
            )}
            <HeldTable answer={ready} opened={opened ?? null} cursor={cursor} />
          </Panel>
        )}
      </Await>
      <Drawer
        opened={opened !== undefined}
        onClose={() => go(withQuery({ reading: null }))}
        position="right"
        size={620}
        title={opened === undefined ? "" : titleOf(opened)}
        withOverlay={false}
        lockScroll={false}
        trapFocus={false}
        shadow="xl"
        transitionProps={{ duration: 90 }}
        closeButtonProps={{ "aria-label": "Закрыть" }}
      >
        {opened !== undefined && (
          <>
            <ReadingHead reading={opened} />
            {tab.list === "held" && (
              <Decide key={keyOf(opened)} reading={opened} onDecided={onDecided} />
            )}
            <h3 className="muted small">Как показание стоит в сообщении</h3>
            <MessageBytes place={opened} account={opened.account ?? ""} mayReveal />
          </>
        )}
      </Drawer>
    </main>
  );
}

const titleOf = ({ account }: HeldRow): string =>
  account === null ? "Показание общего прибора" : `Показание по счёту ${account}`;

interface TabsProps {
  readonly chosen: Tab;
  readonly answer: HeldReadingsAnswer;
}

function Tabs({ chosen, answer }: TabsProps) {
  return (
    <span className="lists">
      {TABS.map((tab) => (
        <button
          key={tab.path}
          type="button"
          className="count"
          aria-pressed={tab === chosen}
          onClick={() => go(withQuery({ list: tab.path, cursor: null, reading: null }))}
        >
          {tab.name} {russianNumber(String(answer[tab.list]))}
        </button>
      ))}
    </span>
  );
}
