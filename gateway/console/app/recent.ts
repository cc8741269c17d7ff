const KEY = "energohub.recent";
const RECENT_MAX = 8;

/**
 * Numbers of the accounts opened last on this machine, the latest first. Numbers alone: no names,
 * no addresses.
 */
export function recentNumbers(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : [];
  } catch (error) {
    // Another version, or a person with the developer tools, wrote something else: it is only a
    // convenience.
    console.warn(error);
    return [];
  }
}

export function rememberNumber(number: string): void {
  const numbers = [number, ...recentNumbers().filter((each) => each !== number)];
  localStorage.setItem(KEY, JSON.stringify(numbers.slice(0, RECENT_MAX)));
}

/** At sign-out: the next person at the machine has other work. */
export function forgetNumbers(): void {
  localStorage.removeItem(KEY);
}
