import { DELIVERY_STATE_NAMES, ZONE_NAMES } from "../../../http/names.ts";
import type {
  DocumentsAnswer,
  PaymentDocumentAnswer,
  PaymentDocumentReplyAnswer,
} from "../../../http/schemas/documents.ts";
import { dayText, moneyText, monthText, priceText, volumeText } from "../../format.ts";
import { useAnswer, useLiveAnswer } from "../api.ts";
import { InnerLink } from "../inner-link.tsx";
import { Await, Panel } from "../panel.tsx";
import { chooseMonth } from "./view.ts";
import "../deliveries/deliveries.css";

interface Props {
  /** Path of the account in the interface. */
  readonly base: string;
  /** Null = the newest. */
  readonly month: string | null;
}

/** Payment documents of the account, where each went, and the chosen one as the consumer gets it. */
export function Documents({ base, month }: Props) {
  const documents = useLiveAnswer<DocumentsAnswer>(`${base}/documents`, 0);
  return (
    <Await of={documents}>
      {({ documents: rows }) => {
        const shown = month ?? rows[0]?.month ?? null;
        return (
          <div className="documents">
            <Panel title="Платёжные документы">
              {rows.length === 0 && <p className="muted">Утверждённых начислений нет.</p>}
              <table className="grid">
                <thead>
                  <tr>
                    <th>Месяц</th>
                    <th>Начислено, ₽</th>
                    <th>Доставки</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ month: of, charged, deliveries }) => (
                    <tr key={of} aria-selected={of === shown} onClick={() => chooseMonth(of)}>
                      <td>
                        <button type="button" className="plain" onClick={() => chooseMonth(of)}>
                          {monthText(of)}
                        </button>
                      </td>
                      <td>{moneyText(charged)}</td>
                      <td>
                        {deliveries.length === 0 && <span className="muted">не отправлялся</span>}
                        {deliveries.map((delivery) => (
                          <DeliveryLink key={delivery.destination} delivery={delivery} />
                        ))}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
            {shown !== null && <Shown path={`${base}/documents/${shown}`} month={shown} />}
          </div>
        );
      }}
    </Await>
  );
}

type Delivery = DocumentsAnswer["documents"][number]["deliveries"][number];

function DeliveryLink({ delivery }: { readonly delivery: Delivery }) {
  const { destination, shard, object, state, text } = delivery;
  const query = new URLSearchParams({ destination, open: `${shard}:${object}` });
  return (
    <InnerLink className="delivery-link" href={`/deliveries?${query}`}>
      {destination}{" "}
      <span className={`state is-${state}`} title={text ?? ""}>
        {DELIVERY_STATE_NAMES[state]}
      </span>
    </InnerLink>
  );
}

function Shown({ path, month }: { readonly path: string; readonly month: string }) {
  const reply = useAnswer<PaymentDocumentReplyAnswer>(path);
  return (
    <Panel title={`Платёжный документ за ${monthText(month)}`}>
      <Await of={reply}>
        {({ document, refusal }) => (
          <>
            {refusal !== null && (
              <p className="held">
                <b>Документ не составлен:</b> {refusal.text}. {refusal.remedy}.{" "}
                <code>{refusal.code}</code>
              </p>
            )}
            {document !== null && <Paper document={document} />}
            {document === null && refusal === null && (
              <p className="muted">За этот месяц нет утверждённых начислений.</p>
            )}
          </>
        )}
      </Await>
    </Panel>
  );
}

const BY_NAMES = { M: "по прибору", N: "по нормативу", O: "иначе" } as const;

/** Sections of п. 69 ПП РФ 354. */
function Paper({ document }: { readonly document: PaymentDocumentAnswer }) {
  const { account, executor, services, recalculations, readings } = document;
  return (
    <div className="paper">
      <section>
        <h3>1. Плательщик и исполнитель</h3>
        <p>
          № {document.number} от {dayText(document.issuedOn)} · л/с {account.number} ·{" "}
          {account.holder}
        </p>
        <p>
          {account.address}, {account.premises} · {account.areaM2.replace(".", ",")} м²
          {account.residents !== null && ` · проживает ${account.residents}`}
        </p>
        <p className="muted">
          {executor.name}, ИНН {executor.inn}, КПП {executor.kpp} · р/с {executor.bankAccount},{" "}
          {executor.bankName}, БИК {executor.bic} · {executor.phone}
        </p>
      </section>
      <section>
        <h3>2. К оплате до {dayText(document.dueOn)}</h3>
        <p className="payable">
          <b>{moneyText(document.payableWithDebt)} ₽</b>
        </p>
        <table className="grid">
          <tbody>
            <Sum name="Начислено к оплате за месяц" kopecks={document.payable} />
            <Sum name="в том числе пени" kopecks={document.penalty} />
            <Sum name="Долг за прошлые месяцы" kopecks={document.debt} />
            <Sum name="Аванс" kopecks={document.advance} />
            <Sum
              name={
                document.lastPaidOn === null
                  ? "Оплачено за месяц"
                  : `Оплачено за месяц, последний платёж ${dayText(document.lastPaidOn)}`
              }
              kopecks={document.paid}
            />
          </tbody>
        </table>
      </section>
      <section>
        <h3>3. Расчёт размера платы</h3>
        <div className="scroll">
          <table className="grid">
            <thead>
              <tr>
                <th>Услуга</th>
                <th>Объём, кВт·ч</th>
                <th>Цена, ₽</th>
                <th>Начислено</th>
                <th>Повыш. коэф.</th>
                <th>Перерасчёт</th>
                <th>Льгота</th>
                <th>Итого, ₽</th>
              </tr>
            </thead>
            <tbody>
              {services.map((service, index) => (
                // Lines of a document have no key of their own, and their order does not change.
                // biome-ignore lint/suspicious/noArrayIndexKey: see above
                <tr key={index}>
                  <td>
                    {service.name}
                    {service.zone !== "T0" && `, ${ZONE_NAMES[service.zone]}`}{" "}
                    <span className="muted small">
                      {BY_NAMES[service.by]}
                      {service.use === "COMMON" && ", на общие нужды"}
                    </span>
                  </td>
                  <td>{volumeText(service.volume)}</td>
                  <td>{priceText(service.price)}</td>
                  <td>{moneyText(service.charged)}</td>
                  <td>{moneyText(service.increase)}</td>
                  <td>{moneyText(service.recalculated)}</td>
                  <td>{moneyText(service.benefit)}</td>
                  <td>
                    <b>{moneyText(service.total)}</b>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {readings.length > 0 && (
        <section>
          <h3>4. Показания приборов</h3>
          <table className="grid">
            <tbody>
              {readings.map(({ serial, zone, from, to }) => (
                <tr key={`${serial}/${zone}`}>
                  <td>
                    {serial}
                    {zone !== "T0" && `, ${ZONE_NAMES[zone]}`}
                  </td>
                  <td>{from === null ? "—" : volumeText(from)}</td>
                  <td>{volumeText(to)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {recalculations.length > 0 && (
        <section>
          <h3>5. Перерасчёты</h3>
          <table className="grid">
            <tbody>
              {recalculations.map(({ origin, ground, amount }) => (
                <tr key={`${origin}/${ground}`}>
                  <td>
                    {monthText(origin)}: {ground}
                  </td>
                  <td>{moneyText(amount)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <section>
        <h3>QR-код, ГОСТ Р 56042-2014</h3>
        <p className="code">{document.paymentCode}</p>
      </section>
    </div>
  );
}

function Sum({ name, kopecks }: { readonly name: string; readonly kopecks: number }) {
  return (
    <tr>
      <td>{name}</td>
      <td>{moneyText(kopecks)}</td>
    </tr>
  );
}
