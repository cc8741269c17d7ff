import { Kbd } from "@mantine/core";
import { useEffect } from "react";
import { AccountSearch } from "./account-search.tsx";

export function SearchPage() {
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
    </main>
  );
}
