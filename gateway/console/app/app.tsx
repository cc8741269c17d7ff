import { Loader } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import {
  EXCHANGE_ROLES,
  READING_CONTROL_ROLES,
  RECOGNITION_ROLES,
  REPORT_ROLES,
  RUN_APPROVAL_ROLES,
  RUN_ROLES,
} from "../../access/roles.ts";
import type { MeAnswer } from "../../http/schemas/sessions.ts";
import { ApiFailure, get, rememberSession } from "./api.ts";
import { LoginPage } from "./login-page.tsx";
import {
  CHECK_FILE_ADDRESS,
  DELIVERIES_ADDRESS,
  go,
  READING_CONTROL_ADDRESS,
  REPORTS_ADDRESS,
  RUNS_ADDRESS,
  UNRECOGNISED_ADDRESS,
  usePlace,
} from "./router.ts";
import { SearchPage } from "./search-page.tsx";
import { TopBar } from "./top-bar.tsx";

/** Charts and tables of the account come only when an account is opened. */
const AccountPage = lazy(() =>
  import("./account/account-page.tsx").then((module) => ({ default: module.AccountPage })),
);

const CheckFilePage = lazy(() =>
  import("./check-file/check-file-page.tsx").then((module) => ({
    default: module.CheckFilePage,
  })),
);

const DeliveriesPage = lazy(() =>
  import("./deliveries/deliveries-page.tsx").then((module) => ({
    default: module.DeliveriesPage,
  })),
);

const ReportsPage = lazy(() =>
  import("./reports/reports-page.tsx").then((module) => ({ default: module.ReportsPage })),
);

const RunsPage = lazy(() =>
  import("./runs/runs-page.tsx").then((module) => ({ default: module.RunsPage })),
);

const UnrecognisedPage = lazy(() =>
  import("./payments/unrecognised-page.tsx").then((module) => ({
    default: module.UnrecognisedPage,
  })),
);

const ReadingControlPage = lazy(() =>
  import("./readings/control-page.tsx").then((module) => ({
    default: module.ReadingControlPage,
  })),
);

type Session =
  | { readonly state: "asking" }
  | { readonly state: "absent"; readonly failure: string | null }
  | { readonly state: "open"; readonly me: MeAnswer };

export function App() {
  const [session, setSession] = useState<Session>({ state: "asking" });
  const opened = (me: MeAnswer) => {
    rememberSession(me, () =>
      setSession({ state: "absent", failure: "Сеанс истёк, войдите снова" }),
    );
    setSession({ state: "open", me });
  };
  // Asked once: later the answers of the hub say when the session is over.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `opened` only sets state
  useEffect(() => {
    get<MeAnswer>("/api/me").then(opened, (error: unknown) => {
      const stale = error instanceof ApiFailure && error.status === 401;
      setSession({ state: "absent", failure: stale ? null : "Хаб не отвечает" });
    });
  }, []);
  if (session.state === "asking") return <Loader className="page-loader" />;
  if (session.state === "absent") return <LoginPage note={session.failure} onOpened={opened} />;
  return (
    <>
      <TopBar me={session.me} onClosed={() => setSession({ state: "absent", failure: null })} />
      <Suspense fallback={<Loader className="page-loader" />}>
        <Page me={session.me} />
      </Suspense>
    </>
  );
}

function Page({ me }: { readonly me: MeAnswer }) {
  const { path } = usePlace();
  const account = /^\/accounts\/([^/]+)$/.exec(path)?.[1];
  if (account !== undefined) {
    const number = decodeURIComponent(account);
    return <AccountPage key={number} number={number} role={me.role} />;
  }
  if (path === "/") return <SearchPage />;
  if (path === CHECK_FILE_ADDRESS && EXCHANGE_ROLES.includes(me.role)) {
    return <CheckFilePage me={me} />;
  }
  if (path === DELIVERIES_ADDRESS && EXCHANGE_ROLES.includes(me.role)) {
    return <DeliveriesPage me={me} />;
  }
  if (path === UNRECOGNISED_ADDRESS && RECOGNITION_ROLES.includes(me.role)) {
    return <UnrecognisedPage role={me.role} />;
  }
  if (path === READING_CONTROL_ADDRESS && READING_CONTROL_ROLES.includes(me.role)) {
    return <ReadingControlPage />;
  }
  if (path === RUNS_ADDRESS && RUN_ROLES.includes(me.role) && me.districts === null) {
    return <RunsPage mayApprove={RUN_APPROVAL_ROLES.includes(me.role)} login={me.login} />;
  }
  if (path === REPORTS_ADDRESS && REPORT_ROLES.includes(me.role)) return <ReportsPage />;
  const known = [
    CHECK_FILE_ADDRESS,
    DELIVERIES_ADDRESS,
    READING_CONTROL_ADDRESS,
    REPORTS_ADDRESS,
    RUNS_ADDRESS,
    UNRECOGNISED_ADDRESS,
  ].includes(path);
  return (
    <main className="empty">
      <h1>{known ? "Вашей роли эта страница недоступна" : "Такой страницы нет"}</h1>
      <button type="button" className="link" onClick={() => go("/")}>
        К поиску
      </button>
    </main>
  );
}
