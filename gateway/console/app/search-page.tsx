import { Kbd } from "@mantine/core";
import { useEffect } from "react";
import { AccountSearch } from "./account-search.tsx";
import { InnerLink } from "./inner-link.tsx";
import { recentNumbers } from "./recent.ts";
import { accountAddress } from "./router.ts";

/** Where one begins: a number, or one of those worked on last. */
export function SearchPage() {
  const recent = recentNumbers();
  useEffect(() => {
    document.title = "энергохаб";
  }, []);
  return (
    <main className="start">
      <h1>Лицевой счёт</h1>
      <AccountSearch autoFocus rightSection={null} />
      <p className="muted">
        Первые цифры номера, <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> выбрать,{" "}
        <Kbd size="xs">Enter</Kbd> открыть. Из любого места: <Kbd size="xs">/</Kbd>
      </p>
      {recent.length > 0 && (
        <nav className="recent" aria-label="Недавние счета">
          <span className="muted">Недавние</span>
          {recent.map((number) => (
            <InnerLink key={number} className="number" href={accountAddress(number)}>
              {number}
            </InnerLink>
          ))}
        </nav>
      )}
    </main>
  );
}
