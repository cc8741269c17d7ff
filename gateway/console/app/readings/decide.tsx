import { TextInput } from "@mantine/core";
import { useState } from "react";
import type { DecidedReadingAnswer } from "../../../http/schemas/readings.ts";
import { failureOf, post } from "../api.ts";
import type { HeldRow } from "./view.ts";
import { givenText, ownerText } from "./view.ts";

const WORDS = { confirm: "подтверждено", refuse: "отклонено" } as const;

interface Props {
  readonly reading: HeldRow;
  readonly onDecided: (words: string) => void;
}

/** A word about a held reading always has its ground; Enter confirms, the other button refuses. */
export function Decide({ reading, onDecided }: Props) {
  const [ground, setGround] = useState("");
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [sending, setSending] = useState(false);
  const isReady = ground.trim() !== "" && !sending;
  async function send(word: keyof typeof WORDS): Promise<void> {
    setSending(true);
    setRefusals([]);
    try {
      const { accepted, problems } = await post<DecidedReadingAnswer>(
        `/api/readings/${reading.message}/${reading.at}/${word}`,
        { ground: ground.trim() },
      );
      const told = problems.map(({ text, remedy }) => `${text}. ${remedy}`);
      if (accepted) {
        const late = problems.map(({ text }) => ` ${text}.`).join("");
        onDecided(`${ownerText(reading)}: ${givenText(reading)} ${WORDS[word]}.${late}`);
      } else setRefusals(told);
    } catch (error) {
      const { message, remedy } = failureOf(error);
      setRefusals([`${message}. ${remedy}`]);
    }
    setSending(false);
  }
  return (
    <form
      className="split"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) send("confirm");
      }}
    >
      <TextInput
        size="xs"
        label="Основание"
        placeholder="Звонок потребителю, фото табло, проверка контролёра"
        value={ground}
        onChange={(event) => setGround(event.currentTarget.value)}
        data-autofocus
      />
      {refusals.map((text) => (
        <p key={text} className="refusal" role="alert">
          {text}
        </p>
      ))}
      <p>
        <button type="submit" className="act primary" disabled={!isReady}>
          Подтвердить
        </button>
        <button
          type="button"
          className="act refuse"
          disabled={!isReady}
          onClick={() => send("refuse")}
        >
          Отклонить
        </button>
      </p>
    </form>
  );
}
