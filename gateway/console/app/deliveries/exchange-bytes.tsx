import { Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ExchangeTextAnswer } from "../../../http/schemas/deliveries.ts";
import { sizeText } from "../../format.ts";
import type { ApiFailure } from "../api.ts";
import { failureOf, get, post } from "../api.ts";

interface Props {
  readonly exchange: number;
  readonly part: "request" | "answer";
  readonly find: string | null;
  readonly mayReveal: boolean;
}

/** What went over the wire, a window at a time. */
export function ExchangeBytes({ exchange, part, find, mayReveal }: Props) {
  const [text, setText] = useState<ExchangeTextAnswer | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [place, setPlace] = useState<{ readonly find?: string; readonly offset?: number }>(
    find === null ? {} : { find },
  );
  const path = `/api/exchanges/${exchange}/${part}`;
  useEffect(() => {
    const stop = new AbortController();
    const entries = Object.entries(place).map(([name, value]) => [name, String(value)]);
    get<ExchangeTextAnswer>(`${path}?${new URLSearchParams(entries)}`, stop.signal).then(
      setText,
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure(failureOf(error));
      },
    );
    return () => stop.abort();
  }, [path, place]);
  async function reveal(): Promise<void> {
    try {
      setText(await post<ExchangeTextAnswer>(`${path}/reveal`, place));
    } catch (error) {
      setFailure(failureOf(error));
    }
  }
  if (failure !== null) {
    return (
      <p className="refusal" role="alert">
        {failure.message}. {failure.remedy}
      </p>
    );
  }
  if (text === null) return <Loader size="sm" />;
  const { pieces, next, masked, sizeBytes } = text;
  return (
    <div className="exchange-bytes">
      <pre>
        {pieces.map(({ label, text: piece, marked }) => (
          <span key={label} className={marked ? "marked" : ""}>
            {piece}
            {"\n"}
          </span>
        ))}
      </pre>
      <p className="parts">
        {next !== null && (
          <button type="button" className="link small" onClick={() => setPlace({ offset: next })}>
            дальше, всего {sizeText(sizeBytes)}
          </button>
        )}
        {masked && mayReveal && pieces.some((piece) => piece.text.includes("•")) && (
          <button
            type="button"
            className="link small"
            onClick={reveal}
            title="Просмотр записывается в журнал"
          >
            показать скрытые имена
          </button>
        )}
      </p>
    </div>
  );
}
