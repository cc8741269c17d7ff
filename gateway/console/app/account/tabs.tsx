import type { Tab } from "./view.ts";
import { chooseTab } from "./view.ts";

interface Props {
  readonly tab: Tab;
  /** Payment documents are those of households. */
  readonly household: boolean;
}

/** Parts of the account's page. */
export function Tabs({ tab, household }: Props) {
  const tabs: readonly (readonly [Tab, string])[] = [
    [null, "Начисления"],
    ["payments", "Платежи"],
    ...(household ? [["documents", "Документы"] as const] : []),
  ];
  return (
    <div className="account-tabs" role="tablist">
      {tabs.map(([name, title]) => (
        <button
          key={title}
          type="button"
          role="tab"
          className="link"
          aria-selected={tab === name}
          onClick={() => chooseTab(name)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
