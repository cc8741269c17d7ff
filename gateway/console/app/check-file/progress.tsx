import { Loader } from "@mantine/core";
import { useEffect } from "react";
import { sizeText } from "../../format.ts";
import type { Check } from "./use-check.ts";

interface Props {
  readonly check: Extract<Check, { state: "sending" | "checking" }>;
  readonly sizeBytes: number;
  readonly onStop: () => void;
}

/** How far it is; Esc stops. */
export function Progress({ check, sizeBytes, onStop }: Props) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") onStop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onStop]);
  return (
    <div className="check-progress" role="status">
      <Loader size="xs" />
      {check.state === "sending" ? (
        <>
          <span>
            Отправлено {sizeText(check.sentBytes)} из {sizeText(sizeBytes)}
          </span>
          <progress max={sizeBytes} value={check.sentBytes} aria-label="Отправка файла" />
        </>
      ) : (
        <span>Проверяется, {sizeText(sizeBytes)}…</span>
      )}
      <button type="button" className="link" onClick={onStop}>
        Остановить
      </button>
    </div>
  );
}
