import { moneyText } from "../../format.ts";

interface Props {
  readonly kopecks: number;
  /**
   * What the sum is, for the hint and the screen reader: "Почему столько: начислено за январь
   * 2026".
   */
  readonly why: string;
  /** Null = a sum without a cause of its own (zero). */
  readonly onExplain: (() => void) | null;
}

/** A sum that answers «почему столько» by one click. */
export function Money({ kopecks, why, onExplain }: Props) {
  const text = moneyText(kopecks);
  const tone = kopecks < 0 ? "money negative" : "money";
  if (onExplain === null)
    return <span className={kopecks === 0 ? "money zero" : tone}>{text}</span>;
  return (
    <button
      type="button"
      className={tone}
      title={why}
      aria-label={`${text} ₽. ${why}`}
      onClick={(event) => {
        event.stopPropagation();
        onExplain();
      }}
    >
      {text}
    </button>
  );
}
