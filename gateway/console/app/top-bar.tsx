import { Kbd } from "@mantine/core";
import { useEffect } from "react";
import {
  EXCHANGE_ROLES,
  READING_CONTROL_ROLES,
  RECOGNITION_ROLES,
  REPORT_ROLES,
  RUN_ROLES,
} from "../../access/roles.ts";
import type { MeAnswer } from "../../http/schemas/sessions.ts";
import { AccountSearch, focusSearch } from "./account-search.tsx";
import { failureOf, post } from "./api.ts";
import { InnerLink } from "./inner-link.tsx";
import { forgetNumbers } from "./recent.ts";
import {
  CHECK_FILE_ADDRESS,
  DELIVERIES_ADDRESS,
  READING_CONTROL_ADDRESS,
  REPORTS_ADDRESS,
  RUNS_ADDRESS,
  UNRECOGNISED_ADDRESS,
  usePlace,
} from "./router.ts";

interface Props {
  readonly me: MeAnswer;
  readonly onClosed: () => void;
}

/** Name, search and who is signed in; «/» jumps to the search from anywhere. */
export function TopBar({ me, onClosed }: Props) {
  const { path } = usePlace();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement;
      // The key of «/» on a Russian layout writes a full stop.
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key !== "/" && event.code !== "Slash") return;
      event.preventDefault();
      focusSearch();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  async function leave(): Promise<void> {
    try {
      await post("/api/logout", null);
    } catch (error) {
      // A session that is over already needs no end.
      if (failureOf(error).status !== 401) throw error;
    }
    forgetNumbers();
    onClosed();
  }
  return (
    <header className="top-bar">
      <InnerLink className="brand" href="/">
        <span className="brand-mark">ϟ</span>энергохаб
      </InnerLink>
      {path !== "/" && (
        <div className="top-search">
          <AccountSearch autoFocus={false} rightSection={<Kbd size="xs">/</Kbd>} />
        </div>
      )}
      {RUN_ROLES.includes(me.role) && me.districts === null && (
        <InnerLink className="top-link" href={RUNS_ADDRESS}>
          Расчёты
        </InnerLink>
      )}
      {READING_CONTROL_ROLES.includes(me.role) && (
        <InnerLink className="top-link" href={READING_CONTROL_ADDRESS}>
          Показания
        </InnerLink>
      )}
      {RECOGNITION_ROLES.includes(me.role) && (
        <InnerLink className="top-link" href={UNRECOGNISED_ADDRESS}>
          Невыясненные
        </InnerLink>
      )}
      {EXCHANGE_ROLES.includes(me.role) && (
        <>
          <InnerLink className="top-link" href={DELIVERIES_ADDRESS}>
            Доставки
          </InnerLink>
          <InnerLink className="top-link" href={CHECK_FILE_ADDRESS}>
            Проверить файл
          </InnerLink>
        </>
      )}
      {REPORT_ROLES.includes(me.role) && (
        <InnerLink className="top-link" href={REPORTS_ADDRESS}>
          Отчёты
        </InnerLink>
      )}
      <div className="who">
        <span>{me.name}</span>
        <span className="muted">
          {me.roleName}
          {me.districts === null ? "" : ` · ${me.districts.join(", ")}`}
        </span>
      </div>
      <button type="button" className="link" onClick={leave}>
        Выйти
      </button>
    </header>
  );
}
