import { formatDay } from "../../../normalizer/model/dates.ts";
import type { OutboundAccount } from "../../../normalizer/model/outbound.ts";
import type { OutboundObject } from "../../contract.ts";
import type { GisZhkhConfig } from "../config.ts";
import { transportGuid } from "../guid.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";
import { listItem } from "./list-item.ts";
import { ObjectRefusal } from "./refusal.ts";

/** «Иванова Нина Викторовна»; a hyphen and a second given name may stand inside. */
const PERSON = /^\p{Lu}[\p{L}'’-]*( \p{Lu}[\p{L}'’-]*){1,3}$/u;
/** «ООО Ромашка» has the look of a person. */
const LEGAL_FORM = /^(ООО|ОАО|ПАО|ЗАО|АО|ИП|ТСЖ|ТСН|ЖСК|СНТ|МУП|ГУП|ФГУП|НКО|УК|КФХ) /u;

/**
 * `Account` of importAccountRequest (gis-zhkh.md 9.3): opened when ГИС ЖКХ has given no AccountGUID yet, else changed.
 *
 * @throws ObjectRefusal when the house has no ФИАС code: nothing can be opened without a place
 */
export function accountElement(object: OutboundObject, config: GisZhkhConfig): XmlElement {
  const account = object.content as OutboundAccount;
  const accountGuid = object.foreignIds["AccountGUID"] ?? null;
  return element("hm:Account", [
    element("hm:isRSOAccount", "true"),
    account.residents === null
      ? null
      : element("hm:LivingPersonsNumber", String(account.residents)),
    optional("hm:TotalSquare", account.areaM2),
    ...placeOrClosing(account, config),
    element("hm:PayerInfo", [payer(account.holder)]),
    element("base:TransportGUID", transportGuid(config.organisation, object.key)),
    element("acc:AccountNumber", account.number),
    optional("hm:AccountGUID", accountGuid),
    reasons(account, config),
  ]);
}

/** Where the account is, or, once it is closed, why and when: with `Closed` the place is ignored. */
function placeOrClosing(account: OutboundAccount, config: GisZhkhConfig): XmlElement[] {
  if (account.closedOn !== null) {
    const reason = listItem("hm:CloseReason", config.closeReason);
    const date = element("hm:CloseDate", formatDay(account.closedOn));
    return [element("hm:Closed", [reason, date])];
  }
  if (account.houseGuid === null) {
    throw new ObjectRefusal("SCHEMA_INVALID", `лицевой счёт ${account.number}: нет кода ФИАС дома`);
  }
  return [element("hm:Accommodation", [element("hm:FIASHouseGuid", account.houseGuid)])];
}

function payer(holder: string): XmlElement | null {
  const name = holder.trim().replace(/\s+/g, " ");
  if (!PERSON.test(name) || LEGAL_FORM.test(name)) return null;
  const [surname = "", firstName = "", ...rest] = name.split(" ");
  return element("hm:Ind", [
    element("irb:Surname", surname),
    element("irb:FirstName", firstName),
    optional("irb:Patronymic", rest.join(" ")),
  ]);
}

function reasons(account: OutboundAccount, config: GisZhkhConfig): XmlElement | null {
  if (config.contract === undefined || account.closedOn !== null) return null;
  const contract = element("hm:ContractGUID", config.contract);
  return element("hm:AccountReasons", [element("hm:SupplyResourceContract", [contract])]);
}
