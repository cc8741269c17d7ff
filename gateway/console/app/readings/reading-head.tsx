import { SOURCE_NAMES } from "../../../http/names.ts";
import { dayText, volumeText } from "../../format.ts";
import type { HeldRow } from "./view.ts";
import { givenText, previousText, ratioText } from "./view.ts";

/** What a person has to see before deciding. */
export function ReadingHead({ reading }: { readonly reading: HeldRow }) {
  const { meter, readOn, previous, volume, expected, source, priority, problem, decision } =
    reading;
  const ratio = ratioText(reading);
  return (
    <div className="payment-head">
      <p>
        {previous !== null && (
          <>
            {previousText(reading)} <span className="muted">на {dayText(previous.readOn)}</span> →{" "}
          </>
        )}
        <b>{givenText(reading)}</b> <span className="muted">на {dayText(readOn)}</span>
      </p>
      {volume !== null && (
        <p>
          Расход <b>{volumeText(volume)} кВт·ч</b>
          {expected !== null && ` · обычно за эти дни ${volumeText(expected)}`}
          {ratio !== "" && ` · в ${ratio} раза`}
        </p>
      )}
      <p className="muted small">
        Прибор {meter} · источник: {SOURCE_NAMES[source]}, приоритет {priority}
      </p>
      <p className="held remark">
        {problem.text}. {problem.remedy}.
      </p>
      {decision !== null && (
        <p>
          Отклонено: {decision.ground} <span className="muted">{decision.author}</span>
        </p>
      )}
    </div>
  );
}
