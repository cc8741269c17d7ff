import { LINE_NAMES, OUTLIER_NAMES } from "../../../http/names.ts";
import type { RunDetailsAnswer } from "../../../http/schemas/runs.ts";
import { durationText, moneyText, monthText, russianNumber, volumeText } from "../../format.ts";
import { post, useLiveAnswer } from "../api.ts";
import { Doing } from "../doing.tsx";
import { InnerLink } from "../inner-link.tsx";
import { Await, Panel } from "../panel.tsx";
import { accountAddress } from "../router.ts";
import type { Total } from "./view.ts";
import { changeText, differenceText, stateText, sumOf } from "./view.ts";

interface Props {
  readonly run: number;
  readonly round: number;
  readonly mayApprove: boolean;
  readonly login: string;
  readonly onChanged: () => void;
}

/** One run: how far it is, what it says beside the month before, what a person should look at. */
export function RunDetails({ run, round, mayApprove, login, onChanged }: Props) {
  const details = useLiveAnswer<RunDetailsAnswer>(`/api/runs/${run}`, round);
  return (
    <Await of={details}>
      {(answer) => (
        <>
          <Panel
            title={`Расчёт ${run}, ${monthText(answer.run.month)}: ${stateText(answer.run)}`}
            aside={<Steps {...{ answer, mayApprove, login, onChanged }} />}
          >
            <Course answer={answer} />
          </Panel>
          <Totals totals={answer.totals} />
          {answer.check !== null && <Outliers check={answer.check} />}
          <NotBilled problems={answer.problems} />
        </>
      )}
    </Await>
  );
}

type StepsProps = Omit<Props, "run" | "round"> & { readonly answer: RunDetailsAnswer };

function Steps({ answer: { run, check }, mayApprove, login, onChanged }: StepsProps) {
  if (run.state !== "OPEN") return null;
  const step = (path: string) => async () => {
    await post(`/api/runs/${run.run}/${path}`, null);
    onChanged();
  };
  const isComplete = run.chunks > 0 && run.chunksDone === run.chunks;
  return (
    <span className="steps">
      {!isComplete && run.wanted === "WORK" && (
        <Doing words="Приостановить" sure={null} act={step("pause")} />
      )}
      {run.wanted !== "WORK" && <Doing words="Продолжить" sure={null} act={step("resume")} />}
      {check !== null && mayApprove && run.author !== login && (
        <Doing words="Утвердить" sure="Строки войдут в балансы. Утвердить?" act={step("approve")} />
      )}
      {check !== null && !(mayApprove && run.author !== login) && (
        <span className="muted small">
          Утверждает {mayApprove ? "другой руководитель: расчёт начали вы" : "руководитель"}
        </span>
      )}
      <Doing
        words="Отменить"
        sure="Расчёт исчезнет без следа в балансах. Отменить?"
        act={step("discard")}
      />
    </span>
  );
}

function Course({ answer: { run, workers, remainingMs } }: { readonly answer: RunDetailsAnswer }) {
  const share = run.chunks === 0 ? 0 : run.chunksDone / run.chunks;
  return (
    <>
      <div className="course">
        <progress max={1} value={share} aria-label="Готово" />
        <span>
          {russianNumber(String(run.chunksDone))} из {russianNumber(String(run.chunks))} частей,{" "}
          {russianNumber(String(run.accounts))} счетов, {russianNumber(String(run.lines))} строк
          {share < 1 && remainingMs !== null && `, осталось ${durationText(remainingMs / 1000)}`}
        </span>
      </div>
      {workers.length > 0 && (
        <p className="muted small">
          {workers
            .map(
              ({ worker, chunks, accounts }) =>
                `${worker}: частей ${chunks}, счетов ${russianNumber(String(accounts))}`,
            )
            .join(" · ")}
        </p>
      )}
    </>
  );
}

function Totals({ totals }: { readonly totals: readonly Total[] }) {
  const districts = [...new Set(totals.map(({ district }) => district))];
  const total = { now: sumOf(totals, "now"), before: sumOf(totals, "before") };
  return (
    <Panel title="Начислено рядом с прошлым месяцем">
      <div className="scroll">
        <table className="grid run-totals">
          <thead>
            <tr>
              <th>Район, вид начисления</th>
              <th>Счетов</th>
              <th>кВт·ч</th>
              <th>₽</th>
              <th>прошлый месяц: счетов</th>
              <th>кВт·ч</th>
              <th>₽</th>
              <th>Разница, ₽</th>
              <th />
            </tr>
          </thead>
          {districts.map((district) => {
            const own = totals.filter((row) => row.district === district);
            const sums = { now: sumOf(own, "now"), before: sumOf(own, "before") };
            return (
              <tbody key={district}>
                <Row className="of-district" name={district} row={sums} isSum />
                {own.map((row) => (
                  <Row
                    key={`${row.kind} ${row.correction}`}
                    name={LINE_NAMES[row.kind] + (row.correction ? ", перерасчёт" : "")}
                    row={row}
                  />
                ))}
              </tbody>
            );
          })}
          <tfoot>
            <Row name="Итого" row={total} isSum />
          </tfoot>
        </table>
      </div>
    </Panel>
  );
}

interface RowProps {
  readonly name: string;
  readonly row: Pick<Total, "now" | "before">;
  readonly className?: string;
  readonly isSum?: boolean;
}

function Row({ name, row: { now, before }, className = "", isSum = false }: RowProps) {
  const accounts = (count: number) => (isSum ? "" : russianNumber(String(count)));
  return (
    <tr className={className}>
      <td>{name}</td>
      <td>{accounts(now.accounts)}</td>
      <td>{volumeText(now.volume)}</td>
      <td>{moneyText(now.amount)}</td>
      <td>{accounts(before.accounts)}</td>
      <td>{volumeText(before.volume)}</td>
      <td>{moneyText(before.amount)}</td>
      <td>{differenceText(now.amount - before.amount)}</td>
      <td>{changeText(now.amount, before.amount)}</td>
    </tr>
  );
}

function Outliers({ check }: { readonly check: NonNullable<RunDetailsAnswer["check"]> }) {
  const { counts, outliers } = check;
  return (
    <Panel title="На что взглянуть">
      {counts.length === 0 && <p className="muted">Сильных расхождений с прошлым месяцем нет.</p>}
      {counts.map(({ reason, accounts }) => (
        <details key={reason} open={accounts <= 20}>
          <summary>
            {OUTLIER_NAMES[reason]}: счетов {russianNumber(String(accounts))}
          </summary>
          <table className="grid">
            <thead>
              <tr>
                <th>Лицевой счёт</th>
                <th className="word">Район</th>
                <th className="word">Адрес</th>
                <th>Начислено, ₽</th>
                <th>в том числе перерасчёт, ₽</th>
                <th>Прошлый месяц, ₽</th>
              </tr>
            </thead>
            <tbody>
              {outliers
                .filter((outlier) => outlier.reason === reason)
                .map(({ account, district, address, amount, correction, before }) => (
                  <tr key={account}>
                    <td>
                      <InnerLink className="number" href={accountAddress(account)}>
                        {account}
                      </InnerLink>
                    </td>
                    <td className="word">{district}</td>
                    <td className="word">{address}</td>
                    <td>{moneyText(amount)}</td>
                    <td>{correction === 0 ? "" : moneyText(correction)}</td>
                    <td>{before === null ? "" : moneyText(before)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      ))}
    </Panel>
  );
}

function NotBilled({ problems }: Pick<RunDetailsAnswer, "problems">) {
  if (problems.length === 0) return null;
  return (
    <Panel title="Кому не начислено и почему">
      {problems.map(({ code, accounts, remedy, examples }) => (
        <details key={code}>
          <summary>
            {examples[0]?.text ?? code}: счетов {russianNumber(String(accounts))}
          </summary>
          <p className="small">
            {remedy} <code>{code}</code>
          </p>
          <ul className="small">
            {examples.map(({ object, text, at }) => (
              <li key={`${object} ${at}`}>
                {object}: {text} ({at})
              </li>
            ))}
          </ul>
        </details>
      ))}
    </Panel>
  );
}
