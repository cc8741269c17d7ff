import { useEffect, useState } from "react";
import type { SourceKind } from "../../../http/names.ts";
import type { CheckedAnswer } from "../../../http/schemas/check-file.ts";
import type { ApiFailure } from "../api.ts";
import { failureOf, postFile } from "../api.ts";

export type Against = "store" | "none";

export type Check =
  | { readonly state: "idle" }
  | { readonly state: "sending"; readonly sentBytes: number }
  | { readonly state: "checking" }
  | { readonly state: "ready"; readonly answer: CheckedAnswer }
  | { readonly state: "failed"; readonly failure: ApiFailure };

/** Sends the file at once, and anew when another way of checking is chosen. */
export function useCheck(
  file: File | null,
  source: SourceKind,
  against: Against,
  attempt: number,
): Check {
  const [check, setCheck] = useState<Check>({ state: "idle" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt sends the same again
  useEffect(() => {
    if (file === null) {
      setCheck({ state: "idle" });
      return;
    }
    const stop = new AbortController();
    setCheck({ state: "sending", sentBytes: 0 });
    const onSent = (sentBytes: number) => {
      setCheck(sentBytes < file.size ? { state: "sending", sentBytes } : { state: "checking" });
    };
    const path = `/api/check-file?${new URLSearchParams({ source, against })}`;
    postFile<CheckedAnswer>(path, file, onSent, stop.signal).then(
      (answer) => setCheck({ state: "ready", answer }),
      (error: unknown) => {
        if (!stop.signal.aborted) setCheck({ state: "failed", failure: failureOf(error) });
      },
    );
    return () => stop.abort();
  }, [file, source, against, attempt]);
  return check;
}
