import { useState } from "react";
import type { ApiFailure } from "./api.ts";
import { failureOf } from "./api.ts";

interface Props {
  readonly words: string;
  /** What a person is asked before it is done; null = it is done at once. */
  readonly sure: string | null;
  readonly act: () => Promise<void>;
}

/** An action with its question, its wait and its refusal. */
export function Doing({ words, sure, act }: Props) {
  const [state, setState] = useState<"idle" | "asked" | "doing">("idle");
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  async function run(): Promise<void> {
    setState("doing");
    setFailure(null);
    try {
      await act();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setState("idle");
  }
  return (
    <span className="doing">
      {state === "asked" ? (
        <>
          <span>{sure}</span>
          <button type="button" className="act sure" onClick={run}>
            Да
          </button>
          <button type="button" className="link" onClick={() => setState("idle")}>
            Нет
          </button>
        </>
      ) : (
        <button
          type="button"
          className="act"
          disabled={state === "doing"}
          onClick={() => (sure === null ? run() : setState("asked"))}
        >
          {words}
        </button>
      )}
      {failure !== null && (
        <span className="refusal" role="alert">
          {failure.message}. {failure.remedy}
        </span>
      )}
    </span>
  );
}
