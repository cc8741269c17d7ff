import { useSyncExternalStore } from "react";

/** Address of the page: the whole state that a link to a colleague carries. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

const addressNow = (): string => window.location.pathname + window.location.search;

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, addressNow);
  const url = new URL(address, window.location.origin);
  return { path: url.pathname, query: url.searchParams };
}

/** Goes to an address of the console. `replace` leaves no step behind for the Back button. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  if (how === "push") window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
  for (const listener of listeners) listener();
}

export function accountAddress(number: string): string {
  return `/accounts/${encodeURIComponent(number)}`;
}

export const CHECK_FILE_ADDRESS = "/check-file";
export const DELIVERIES_ADDRESS = "/deliveries";
export const REPORTS_ADDRESS = "/reports";
export const RUNS_ADDRESS = "/runs";
export const UNRECOGNISED_ADDRESS = "/payments/unrecognised";
export const READING_CONTROL_ADDRESS = "/readings/control";

/** The same page with some parameters set, or taken away where null. */
export function withQuery(changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return window.location.pathname + (text === "" ? "" : `?${text}`);
}
