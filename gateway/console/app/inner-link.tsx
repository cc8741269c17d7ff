import type { MouseEvent, ReactNode } from "react";
import { go, usePlace } from "./router.ts";

interface Props {
  readonly href: string;
  readonly className: string;
  readonly children: ReactNode;
}

/** A link inside the console: opens without loading anew; with Ctrl or ⌘ in a tab of its own. */
export function InnerLink({ href, className, children }: Props) {
  const { path } = usePlace();
  function follow(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(href);
  }
  return (
    <a
      className={className}
      href={href}
      onClick={follow}
      aria-current={path === href ? "page" : undefined}
    >
      {children}
    </a>
  );
}
