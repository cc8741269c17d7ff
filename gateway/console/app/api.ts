import { useEffect, useState } from "react";
import type { MeAnswer } from "../../http/schemas/sessions.ts";

/** A coded refusal of the hub, in words for people. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;
  constructor(status: number, code: string, text: string, remedy: string) {
    super(text);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

/** Follows from the session cookie, which scripts cannot read; the hub tells it at sign-in. */
let csrfToken = "";
let onSessionOver: () => void = () => undefined;

export function rememberSession(me: MeAnswer, over: () => void): void {
  csrfToken = me.csrfToken;
  onSessionOver = over;
}

interface Refused {
  readonly error?: { readonly code: string; readonly text: string; readonly remedy: string };
}

async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiFailure(0, "NO_CONNECTION", "Хаб не отвечает", "Проверьте сеть и повторите");
  }
  if (response.status === 204) return undefined as Answer;
  const body: unknown = await response.json();
  if (response.ok) return body as Answer;
  throw refusalOf(response.status, body);
}

function refusalOf(status: number, body: unknown): ApiFailure {
  const { error } = body as Refused;
  const failure = new ApiFailure(
    status,
    error?.code ?? "UNKNOWN",
    error?.text ?? `Ответ ${status}`,
    error?.remedy ?? "",
  );
  if (failure.code === "SESSION_REQUIRED") onSessionOver();
  return failure;
}

export function get<Answer>(path: string, signal: AbortSignal | null = null): Promise<Answer> {
  return call(path, { signal });
}

export function post<Answer>(path: string, body: unknown): Promise<Answer> {
  const json = body === null ? {} : { "content-type": "application/json" };
  return call(path, {
    method: "POST",
    headers: { ...json, "x-csrf-token": csrfToken },
    body: body === null ? null : JSON.stringify(body),
  });
}

/**
 * Sends a file as it is. `fetch` does not tell how much of it has gone.
 *
 * @param onSent bytes that have gone so far
 */
export function postFile<Answer>(
  path: string,
  file: File,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-csrf-token", csrfToken);
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      const { status, response } = request;
      if (status === 200) resolve(response as Answer);
      else reject(refusalOf(status, response ?? {}));
    };
    request.onerror = () => {
      const remedy = "Проверьте сеть; если файл изменился после выбора, выберите его снова";
      reject(new ApiFailure(0, "NO_CONNECTION", "Файл не дошёл до хаба", remedy));
    };
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

export type Loaded<Answer> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly answer: Answer }
  | { readonly state: "failed"; readonly failure: ApiFailure };

/** The answer of a path; asks anew when the path changes; null = nothing to ask. */
export function useAnswer<Answer>(path: string | null): Loaded<Answer> {
  const [loaded, setLoaded] = useState<{ path: string | null; value: Loaded<Answer> }>({
    path: null,
    value: { state: "loading" },
  });
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    get<Answer>(path, stop.signal).then(
      (answer) => setLoaded({ path, value: { state: "ready", answer } }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setLoaded({ path, value: { state: "failed", failure: failureOf(error) } });
      },
    );
    return () => stop.abort();
  }, [path]);
  return loaded.path === path ? loaded.value : { state: "loading" };
}

/** Often enough to watch an exchange, seldom enough for a small machine. */
const POLL_MS = 4_000;

/**
 * The same, asked again every few seconds while the page is looked at, and at once when `round` changes; what is shown
 * stays until the next answer is there.
 */
export function useLiveAnswer<Answer>(path: string | null, round: number): Loaded<Answer> {
  const [loaded, setLoaded] = useState<{ path: string | null; value: Loaded<Answer> }>({
    path: null,
    value: { state: "loading" },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks the same again
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      if (document.hidden) {
        timer = setTimeout(ask, POLL_MS);
        return;
      }
      try {
        const answer = await get<Answer>(path, stop.signal);
        setLoaded({ path, value: { state: "ready", answer } });
      } catch (error) {
        if (stop.signal.aborted) return;
        setLoaded({ path, value: { state: "failed", failure: failureOf(error) } });
      }
      timer = setTimeout(ask, POLL_MS);
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, round]);
  return loaded.path === path ? loaded.value : { state: "loading" };
}

export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ApiFailure(0, "CONSOLE_DEFECT", text, "Обновите страницу");
}
