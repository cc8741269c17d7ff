import { join } from "node:path";
import type { FactBodies } from "../../../normalizer/model/fact-bodies.ts";
import type { MessageId, OrganisationId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { integer } from "../../../normalizer/store/database.ts";
import type { Destination } from "../../head-end/sender.ts";
import { SUPPLIER_ZONE } from "../../supplier/rows.ts";
import type { ScenarioHub } from "../hub.ts";
import type { CommonFact } from "./clerk.ts";
import { enterInCommon } from "./clerk.ts";
import { mustUpload } from "./month.ts";
import type { RealFile } from "./real-files.ts";
import { readRealFiles } from "./real-files.ts";

/** Where the real files stand beside the project, on machines that have them. */
const FOLDER = "../shared/reference/metering/realdata";
/** A dispatcher's groups and flows are of no consumer: they stay waiting, as they would. */
const UNMAPPED_SENDER = "600004";
const SHARD = 128;

export interface RealMonth {
  readonly database: Database;
  readonly organisation: OrganisationId;
  readonly hub: ScenarioHub;
  readonly message: MessageId;
  readonly askue: Destination;
  readonly say: (text: string) => void;
}

/** The real files go the way of the others: their senders are registered, they wait, their points are mapped. */
export async function playRealFiles(stage: RealMonth): Promise<void> {
  const { database, organisation, hub, message, askue, say } = stage;
  const files = await readRealFiles(join(process.cwd(), FOLDER));
  if (files.length === 0) return;
  const senders = new Map(files.map((file) => [file.senderInn, file]));
  const partners = [...senders.values()].map(partnerOf);
  await enterInCommon(database, organisation, "соглашение об обмене", message, partners);
  for (const { name, bytes } of files) {
    await mustUpload(askue, name, bytes);
  }
  await hub.settle();
  const maps = await channelMapsOf(
    database,
    files.filter(({ senderInn }) => senderInn !== UNMAPPED_SENDER),
  );
  await enterInCommon(database, organisation, "перечень точек учёта", message, maps);
  await hub.settle();
  const channels = files.reduce((sum, file) => sum + file.channels.size, 0);
  say(`настоящие файлы 80020: ${files.length}, каналов ${channels}, привязано ${maps.length}`);
}

function partnerOf({ senderInn, senderName }: RealFile): CommonFact<"partner"> {
  return {
    kind: "partner",
    subject: senderInn,
    body: { name: senderName, zone: SUPPLIER_ZONE },
  };
}

const ROLES: Readonly<Record<string, FactBodies["channel-map"]["role"]>> = {
  "01": "CONSUMPTION",
  "02": "GENERATION",
};

/** Points without a contract: what they measured is kept, nobody is billed for it. */
async function channelMapsOf(
  database: Database,
  files: readonly RealFile[],
): Promise<readonly CommonFact<"channel-map">[]> {
  const keys = files.flatMap(({ channels }) => [...channels.keys()]);
  const ids = await database.query<{ id: string }>(
    "select nextval('object_id') as id from generate_series(1, $1)",
    [keys.length + 1],
  );
  const [site, ...channels] = ids.map(({ id }) => integer(id));
  return keys.map((subject, index) => {
    const channel = channels[index] ?? 0;
    const role = ROLES[subject.split("/")[3] ?? ""] ?? "REACTIVE";
    return {
      kind: "channel-map",
      subject,
      body: { shard: SHARD, site: site ?? 0, channel, point: channel, role },
    };
  });
}
