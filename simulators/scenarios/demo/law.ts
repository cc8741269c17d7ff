import { readLawFolder } from "../../../config/law.ts";
import type { OrganisationId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { loadLaw } from "../../../normalizer/store/law.ts";

/** The product's own dated law, as `hub law` loads it. */
export async function loadDemoLaw(database: Database, organisation: OrganisationId): Promise<void> {
  for (const { name, bytes, entries } of await readLawFolder("config/law")) {
    await loadLaw(database, {
      organisation,
      name,
      bytes,
      facts: entries,
      author: "demo",
      ground: "демонстрация",
    });
  }
}
