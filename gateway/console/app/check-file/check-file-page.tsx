import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useEffect, useState } from "react";
import type { SourceKind } from "../../../http/names.ts";
import { SOURCE_KIND_NAMES } from "../../../http/names.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { go, usePlace, withQuery } from "../router.ts";
import { DropZone } from "./drop-zone.tsx";
import { Progress } from "./progress.tsx";
import { Result } from "./result.tsx";
import type { Against } from "./use-check.ts";
import { useCheck } from "./use-check.ts";
import "./check-file.css";

const SOURCES = Object.entries(SOURCE_KIND_NAMES).map(([value, label]) => ({ value, label }));
const AGAINST = [
  { value: "store", label: "с хранилищем" },
  { value: "none", label: "только сам файл" },
];

interface Props {
  readonly me: MeAnswer;
}

/** «Проверить файл»: what would become of a file, before it is sent. */
export function CheckFilePage({ me }: Props) {
  const { query } = usePlace();
  // People of some districts do not see what the store knows of the others.
  const mayAskStore = me.districts === null;
  const source = sourceOf(query.get("source"));
  const against: Against = mayAskStore && query.get("against") !== "none" ? "store" : "none";
  const [file, setFile] = useState<File | null>(null);
  const [attempt, setAttempt] = useState(0);
  const check = useCheck(file, source, against, attempt);
  useEffect(() => {
    document.title = "Проверить файл — энергохаб";
  }, []);
  const choose = (changes: Readonly<Record<string, string>>) => go(withQuery(changes), "replace");
  return (
    <main className="check">
      <header>
        <h1>Проверить файл</h1>
        <p className="muted">Файл разбирается так же, как при приёме, но не сохраняется.</p>
      </header>
      <div className="check-options">
        <NativeSelect
          label="Что за файл"
          data={SOURCES}
          value={source}
          onChange={(event) => choose({ source: event.currentTarget.value })}
        />
        {mayAskStore && (
          <fieldset>
            <legend>Сверять</legend>
            <SegmentedControl
              data={AGAINST}
              value={against}
              onChange={(value) => choose({ against: value })}
            />
          </fieldset>
        )}
      </div>
      <DropZone
        file={file}
        onFile={(chosen) => {
          setFile(chosen);
          setAttempt(attempt + 1);
        }}
      />
      {(check.state === "sending" || check.state === "checking") && file !== null && (
        <Progress check={check} sizeBytes={file.size} onStop={() => setFile(null)} />
      )}
      {check.state === "failed" && (
        <p className="held" role="alert">
          <b>{check.failure.message}.</b> {check.failure.remedy}.{" "}
          <button type="button" className="link" onClick={() => setAttempt(attempt + 1)}>
            Повторить
          </button>
        </p>
      )}
      {check.state === "ready" && <Result key={attempt} checked={check.answer} against={against} />}
    </main>
  );
}

function sourceOf(text: string | null): SourceKind {
  return text !== null && Object.hasOwn(SOURCE_KIND_NAMES, text)
    ? (text as SourceKind)
    : "pyramida";
}
