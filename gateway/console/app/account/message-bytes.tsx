import { Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ExcerptAnswer } from "../../../http/schemas/messages.ts";
import { sizeText } from "../../format.ts";
import type { ApiFailure } from "../api.ts";
import { failureOf, get, post } from "../api.ts";
import { instantText } from "./timeline.tsx";
import type { BytesPlace } from "./view.ts";

interface Props {
  readonly place: BytesPlace;
  /** Account that the value belongs to: people of one district see the bytes through it. */
  readonly account: string;
  readonly mayReveal: boolean;
}

const CONTEXT_PX = 70;

/** The marked piece with a few lines before it; the page itself does not move. */
function showInBox(piece: HTMLElement | null): void {
  const box = piece?.parentElement;
  if (piece && box) box.scrollTop = piece.offsetTop - box.offsetTop - CONTEXT_PX;
}

/** What came over the wire: the text around the place and its bytes. */
export function MessageBytes({ place, account, mayReveal }: Props) {
  const { message, at } = place;
  const [excerpt, setExcerpt] = useState<ExcerptAnswer | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setExcerpt(null);
    setFailure(null);
    const query = new URLSearchParams({ at: String(at), account });
    get<ExcerptAnswer>(`/api/messages/${message}/excerpt?${query}`, stop.signal).then(
      setExcerpt,
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure(failureOf(error));
      },
    );
    return () => stop.abort();
  }, [message, at, account]);
  async function reveal(): Promise<void> {
    try {
      setExcerpt(await post<ExcerptAnswer>(`/api/messages/${message}/reveal`, { at, account }));
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
  if (excerpt === null) return <Loader size="sm" />;
  const hidden = excerpt.masked && excerpt.pieces.some(({ text }) => text.includes("•"));
  return (
    <div className="bytes">
      <p className="bytes-head">
        <b>{excerpt.name}</b>
        <span className="muted">
          сообщение {excerpt.message} · канал {excerpt.channel} · принято{" "}
          {instantText(excerpt.receivedAt)} · {sizeText(excerpt.sizeBytes)} · {excerpt.encoding}
        </span>
      </p>
      <pre className="pieces">
        {excerpt.pieces.map(({ label, text, marked }) => (
          <span
            key={label}
            ref={marked ? showInBox : null}
            className={marked ? "piece marked" : "piece"}
          >
            <i>{label}</i>
            {text}
          </span>
        ))}
      </pre>
      {excerpt.pieces.length === 0 && <p className="muted">В сообщении нет такого места.</p>}
      <Hex rows={excerpt.hex} />
      {hidden && mayReveal && (
        <button
          type="button"
          className="link small"
          onClick={reveal}
          title="Просмотр записывается в журнал"
        >
          показать скрытые имена
        </button>
      )}
    </div>
  );
}

/** Sixteen bytes a row: offset, bytes, their text where it is ASCII. */
function Hex({ rows }: { readonly rows: ExcerptAnswer["hex"] }) {
  return (
    <pre className="hex">
      {rows.map((row) => (
        <span key={row.offset}>
          <i>{row.offset.toString(16).padStart(8, "0")}</i>
          {row.bytes.join(" ").padEnd(47)}
          <em>{row.text}</em>
        </span>
      ))}
    </pre>
  );
}
