import { Loader } from "@mantine/core";
import type { ReactNode } from "react";
import type { Loaded } from "./api.ts";

interface Props {
  readonly title: string;
  /** Stands at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, aside, children }: Props) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface WaitProps<Answer> {
  readonly of: Loaded<Answer>;
  readonly children: (answer: Answer) => ReactNode;
}

/** The answer, or why there is none yet. */
export function Await<Answer>({ of, children }: WaitProps<Answer>) {
  if (of.state === "loading") return <Loader size="sm" className="panel-loader" />;
  if (of.state === "ready") return children(of.answer);
  return (
    <p className="refusal" role="alert">
      {of.failure.message}. {of.failure.remedy}
    </p>
  );
}
