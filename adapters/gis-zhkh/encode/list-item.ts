import type { ListReference } from "../config.ts";
import type { QName } from "../namespaces.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";

/** `nsiRef`: an item of a list, by code and GUID. */
export function listItem(name: QName, item: ListReference): XmlElement {
  return element(name, [
    element("nsib:Code", item.code),
    element("nsib:GUID", item.guid),
    optional("nsib:Name", item.name ?? null),
  ]);
}
