import type { Day } from "../../normalizer/model/dates.ts";
import { addDays, parseDay } from "../../normalizer/model/dates.ts";
import type { Environment, OpenSource, SourceContext } from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { GisChannel } from "./channel.ts";
import { openChannel } from "./channel.ts";
import type { GisZhkhConfig } from "./config.ts";
import { noticesOfDays } from "./encode/reads.ts";
import { instant } from "./envelope.ts";
import { textOf } from "./tree.ts";

const OPERATION = "exportNotificationsOfOrderExecutionPaginal";
/** A page has a thousand notices; a week that never ends is a fault of theirs. */
const PAGES_MAX = 100_000;

/** Payment notices: a poll reads the last days whole, and what is known already is a no-op. */
export async function openNotices(
  config: GisZhkhConfig,
  context: SourceContext,
  environment: Environment,
): Promise<OpenSource> {
  const channel = await openChannel(config, environment);
  return {
    poll: () => takeNotices(channel, config, context),
    close: async () => channel.close(),
  };
}

async function takeNotices(
  channel: GisChannel,
  config: GisZhkhConfig,
  context: SourceContext,
): Promise<void> {
  const from = addDays(today(), 1 - config.noticeDays);
  let page: string | null = null;
  for (let number = 1; number <= PAGES_MAX; number += 1) {
    const request = noticesOfDays(from, config.noticeDays, config.noticePageSize, page);
    const read = await channel.read(OPERATION, request, context.signal);
    if (read === null) return;
    const receivedAtMs = Date.now();
    // The state is a pure read: a crash before this line only makes the next poll read it again.
    await context.accept([
      {
        name: `notices-${instant(receivedAtMs)}-${number}.xml`,
        receivedAtMs,
        parts: parts(read.bytes),
        envelope: { operation: OPERATION, page: page ?? "" },
      },
    ]);
    const next: string | null = textOf(read.result, "ExportNotificationsOfOrderExecutionGUID");
    if (next === null) return;
    if (next === page) break;
    page = next;
  }
  throw new DeliveryError("COUNTERPART_ERROR", "retry", "страницы извещений не кончаются");
}

/** The counterpart's day. */
function today(): Day {
  const date = parseDay(instant(Date.now()).slice(0, 10));
  if (date === null) throw new RangeError("the clock shows no date");
  return date;
}

const PART_BYTES_MAX = 1024 * 1024;

async function* parts(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES_MAX) {
    yield bytes.subarray(from, from + PART_BYTES_MAX);
  }
}
