import type { OrganisationId, Seq } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { SenderRoutes } from "../../normalizer/store/routes.ts";
import {
  readChangedSenders,
  readCounter,
  readSenderRoutes,
} from "../../normalizer/store/routes.ts";

/**
 * Channel maps of the senders that this normaliser has met. A map has thousands of rows and changes seldom: it is read
 * whole once, and again only after common has had a change of it.
 */
export class SenderBook {
  readonly #queryable: Queryable;
  readonly #senders = new Map<string, SenderRoutes>();
  #knownSeq = 0 as Seq;

  constructor(queryable: Queryable) {
    this.#queryable = queryable;
  }

  /** Drops what has changed. @returns the counter of common that `routesOf` answers by until the next refresh */
  async refresh(): Promise<Seq> {
    const seq = await readCounter(this.#queryable, COMMON_SHARD);
    if (seq === this.#knownSeq) return seq;
    for (const sender of await readChangedSenders(this.#queryable, this.#knownSeq, seq)) {
      for (const key of this.#senders.keys()) {
        if (key.endsWith(`/${sender}`)) this.#senders.delete(key);
      }
    }
    this.#knownSeq = seq;
    return seq;
  }

  /** @param knownAt seq of common; only the one of the last refresh is answered from memory */
  async routesOf(
    organisation: OrganisationId,
    senderInn: string,
    knownAt: Seq,
  ): Promise<SenderRoutes> {
    if (knownAt !== this.#knownSeq) {
      return readSenderRoutes(this.#queryable, organisation, senderInn, knownAt);
    }
    const key = `${organisation}/${senderInn}`;
    const known = this.#senders.get(key);
    if (known !== undefined) return known;
    const routes = await readSenderRoutes(this.#queryable, organisation, senderInn, knownAt);
    this.#senders.set(key, routes);
    return routes;
  }
}
