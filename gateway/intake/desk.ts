import { adapter } from "../../adapters/desk/index.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { FactEntry } from "../../normalizer/model/records.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readProblems } from "../../normalizer/store/messages.ts";
import { deskChannel } from "./channels.ts";
import type { Ingested } from "./ingest.ts";
import { ingest } from "./ingest.ts";

/** A person says whose an unrecognised payment is. */
export interface RecognitionRequest {
  /** Whose money it is: the organisation of the person who says so, never one that the request names. */
  readonly organisation: OrganisationId;
  /** Where the payment was read. */
  readonly payment: { readonly message: number; readonly at: number };
  /** Whole kopecks above zero, together at most what is left of the payment. */
  readonly parts: readonly { readonly accountNumber: string; readonly amount: number }[];
  readonly author: string;
  readonly ground: string;
  readonly receivedAtMs: number;
}

export interface EnteredAtDesk extends Ingested {
  /** Why it was rejected; empty when it stands. */
  readonly problems: readonly Problem[];
}

/** Takes what a person said of a payment to its end; it stands when the parts are in the ledger. */
export async function recognise(
  database: Database,
  { organisation, receivedAtMs, author, ground, ...said }: RecognitionRequest,
): Promise<EnteredAtDesk> {
  const payment = { message: said.payment.message, at: said.payment.at };
  const parts = said.parts.map(({ accountNumber, amount }) => ({ accountNumber, amount }));
  return enterAtDesk(database, {
    organisation,
    name: `recognition-${payment.message}-${payment.at}`,
    said: { kind: "recognition", payment, parts, author, ground },
    author,
    receivedAtMs,
  });
}

/** Something that a person says, by the schemas of adapters/desk. */
export interface DeskEntry {
  readonly organisation: OrganisationId;
  /** Of the message, without its ending. */
  readonly name: string;
  readonly said: { readonly [field: string]: unknown; readonly facts?: readonly FactEntry[] };
  readonly author: string;
  readonly receivedAtMs: number;
}

/** JSON in one row, save that every fact begins its own: the place of a fact in the list is its row. */
function deskText({ facts, ...said }: DeskEntry["said"]): string {
  const text = JSON.stringify(said);
  if (facts === undefined) return text;
  return `{"facts":[${facts.map((fact) => JSON.stringify(fact)).join(",\n")}],${text.slice(1)}`;
}

/** Takes what a person said to its end: a message of the desk, with its bytes and its outcome. */
export async function enterAtDesk(
  database: Database,
  { organisation, name, said, author, receivedAtMs }: DeskEntry,
): Promise<EnteredAtDesk> {
  const [ingested] = await ingest(database, {
    channel: deskChannel(organisation),
    adapter,
    settings: {},
    upload: {
      name: `${name}.json`,
      bytes: (async function* () {
        yield Buffer.from(deskText(said));
      })(),
      envelope: { by: author },
    },
    receivedAtMs,
    signal: new AbortController().signal,
  });
  if (ingested === undefined) throw new Error("a capture without a receipt");
  const { message } = ingested.message;
  return { ...ingested, problems: await readProblems(database, message) };
}

/** What a person enters of facts: all of it stands, waits for a second person, or none of it. */
export interface FactsRequest {
  readonly organisation: OrganisationId;
  readonly facts: readonly FactEntry[];
  readonly author: string;
  readonly ground: string;
  readonly receivedAtMs: number;
}

export async function enterFacts(
  database: Database,
  { organisation, facts, author, ground, receivedAtMs }: FactsRequest,
): Promise<EnteredAtDesk> {
  const enteredAt = new Date(receivedAtMs).toISOString();
  const said = { kind: "facts", facts, enteredAt, author, ground };
  return enterAtDesk(database, { organisation, name: "facts", said, author, receivedAtMs });
}

/** A second person approves facts that wait for it. */
export async function approveFacts(
  database: Database,
  {
    organisation,
    request,
    author,
    ground,
    receivedAtMs,
  }: Omit<FactsRequest, "facts"> & { readonly request: number },
): Promise<EnteredAtDesk> {
  const said = { kind: "approval", request, author, ground };
  const name = `approval-${request}`;
  return enterAtDesk(database, { organisation, name, said, author, receivedAtMs });
}

/** A person says that a payment which was kept back is one that is known from elsewhere. */
export interface SamePaymentRequest extends Omit<RecognitionRequest, "parts"> {
  /** Where the one that counts was read. */
  readonly sameAs: { readonly message: number; readonly at: number };
}

/** Takes to its end that a person said of two payments that they are one; it stands when the second adds nothing. */
export async function joinPayments(
  database: Database,
  { organisation, receivedAtMs, author, ground, ...said }: SamePaymentRequest,
): Promise<EnteredAtDesk> {
  const payment = { message: said.payment.message, at: said.payment.at };
  const sameAs = { message: said.sameAs.message, at: said.sameAs.at };
  return enterAtDesk(database, {
    organisation,
    name: `same-payment-${payment.message}-${payment.at}`,
    said: { kind: "same-payment", payment, sameAs, author, ground },
    author,
    receivedAtMs,
  });
}
