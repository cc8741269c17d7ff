import type { OutboundObject } from "../../contract.ts";
import { ObjectRefusal } from "./refusal.ts";

/**
 * An id that ГИС ЖКХ gave to the object or to one that it needs.
 *
 * @throws ObjectRefusal PARENT_NOT_READY when nobody has it
 */
export function foreignId(object: OutboundObject, name: string): string {
  for (const ids of [object.foreignIds, ...Object.values(object.needs)]) {
    const id = ids[name];
    if (id !== undefined && id !== "") return id;
  }
  throw new ObjectRefusal("PARENT_NOT_READY", `${object.key}: нет ${name}`);
}
