import { TextInput } from "@mantine/core";
import type { KeyboardEvent, ReactNode } from "react";
import { useEffect, useState } from "react";
import type { AccountHitAnswer } from "../../http/schemas/accounts.ts";
import { failureOf, get } from "./api.ts";
import { accountAddress, go } from "./router.ts";

const SEARCH_ID = "account-search";
/** Long enough for a number that is typed fast, short enough to seem at once. */
const PAUSE_MS = 120;

export function focusSearch(): void {
  const input = document.getElementById(SEARCH_ID);
  if (input instanceof HTMLInputElement) {
    input.focus();
    input.select();
  }
}

interface Hits {
  /** Null while nothing is asked or the answer is under way. */
  readonly hits: readonly AccountHitAnswer[] | null;
  readonly refusal: string | null;
}

/** Asks once the typing pauses; an answer that came too late is dropped. */
function useHits(wanted: string): Hits {
  const [hits, setHits] = useState<Hits["hits"]>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    setHits(null);
    if (wanted === "") return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const path = `/api/accounts?search=${encodeURIComponent(wanted)}`;
      get<{ accounts: AccountHitAnswer[] }>(path, stop.signal).then(
        ({ accounts }) => {
          setHits(accounts);
          setRefusal(null);
        },
        (error: unknown) => {
          if (!stop.signal.aborted) setRefusal(failureOf(error).message);
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [wanted]);
  return { hits, refusal };
}

interface Props {
  readonly autoFocus: boolean;
  readonly rightSection: ReactNode;
}

/** Type a number, pick with arrows, Enter opens. */
export function AccountSearch({ autoFocus, rightSection }: Props) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [open, setOpen] = useState(false);
  const wanted = text.trim();
  const { hits, refusal } = useHits(wanted);
  function choose(number: string): void {
    setText("");
    setOpen(false);
    document.getElementById(SEARCH_ID)?.blur();
    go(accountAddress(number));
  }
  function onKey(event: KeyboardEvent<HTMLInputElement>): void {
    const last = (hits?.length ?? 0) - 1;
    if (event.key === "ArrowDown") setChosen(Math.min(last, chosen + 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
    else if (event.key === "Escape") event.currentTarget.blur();
    else if (event.key === "Enter" && wanted !== "") choose(hits?.[chosen]?.number ?? wanted);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return (
    <div className="search">
      <TextInput
        id={SEARCH_ID}
        aria-label="Номер лицевого счёта или договора"
        placeholder="Номер лицевого счёта или договора"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        autoComplete="off"
        spellCheck={false}
        autoFocus={autoFocus}
        rightSection={rightSection}
      />
      {open && wanted !== "" && (
        <div className="hits" role="listbox" aria-label="Найденные счета" tabIndex={-1}>
          {refusal !== null && <p className="refusal">{refusal}</p>}
          {hits?.length === 0 && (
            <p className="muted">Нет счёта, который начинается с «{wanted}»</p>
          )}
          {hits?.map((hit, index) => (
            <div
              key={hit.number}
              className="hit"
              role="option"
              aria-selected={index === chosen}
              tabIndex={-1}
              onMouseEnter={() => setChosen(index)}
              // Before blur, which closes the list.
              onMouseDown={() => choose(hit.number)}
            >
              <b className="number">{hit.number}</b>
              <span>{hit.holder}</span>
              <span className="muted">
                {hit.address}
                {hit.premises === "" ? "" : `, ${hit.premises}`}
              </span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
