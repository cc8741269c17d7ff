import type { FileOutcome, Problem } from "../normalizer/model/problems.ts";
import type {
  IntervalMessageHeader,
  SourceRecord,
  StatementHeader,
} from "../normalizer/model/records.ts";

/** Bytes as they came, with what is known from outside of them. Never changed, never dropped. */
export interface Capture {
  /** File name, or what stands for it; a zip's entry is a capture of its own, named by the entry. */
  readonly name: string;
  readonly receivedAtMs: number;
  /** At most 1 MiB each; one part for what is small. */
  readonly parts: AsyncIterable<Uint8Array>;
  /** Request headers, remote address, folder, zip name: whatever helps a person. No secrets. */
  readonly envelope: Readonly<Record<string, string>>;
}

/** What `accept` answers once the captures are committed. */
export interface Receipt {
  readonly message: number;
  readonly sha256: string;
  /** The same bytes were posted through this channel before: a visible no-op. */
  readonly duplicate: boolean;
}

export interface SourceContext {
  /** Resolves once the captures are committed to the inbox; only then acknowledge to the sender. */
  accept(captures: readonly Capture[]): Promise<readonly Receipt[]>;
  readonly signal: AbortSignal;
}

export interface OpenSource {
  /** Takes what there is to take now (a folder scan, a poll); a pushing source has none. */
  poll?(): Promise<void>;
  close(): Promise<void>;
}

/** What parse yields, in the order of the bytes. A header comes before the records it governs. */
export type Parsed =
  | { readonly kind: "header"; readonly header: IntervalMessageHeader }
  | { readonly kind: "statement"; readonly statement: StatementHeader }
  | { readonly kind: "record"; readonly record: SourceRecord }
  /** A problem of the whole message; `outcome` says what it does to the file. */
  | { readonly kind: "problem"; readonly problem: Problem; readonly outcome: FileEffect };

/** "none" = a warning; the others end the message whole, nothing of it becomes a fact. */
export type FileEffect = "none" | Extract<FileOutcome, "rejected" | "quarantined">;

export interface ParseInput<Profile> {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly profile: Profile;
}

/** A file that a machine or a person brought by HTTP; it has no name but the given one. */
export interface Upload {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly envelope: Readonly<Record<string, string>>;
}

/** One kind of counterpart that sends. Pure parse, and one file that touches the network. */
export interface SourceAdapter<Config, Profile> {
  /** Same as the folder name. Appears in configuration, metrics, logs and the console. */
  readonly kind: string;
  /** JSON Schema of Config; its `description`s are the operator's documentation. */
  readonly configSchema: object;
  readonly profileSchema: object;
  /** Connects. Rejects with DeliveryError; must not retry by itself, the gateway does. */
  open(config: Config, context: SourceContext): Promise<OpenSource>;
  /** Takes an uploaded file apart (entries of a zip) before it is accepted; absent = the file is one capture. */
  acceptUpload?(
    upload: Upload,
    config: Config,
    context: SourceContext,
  ): Promise<readonly Receipt[]>;
  /** Pure: run from the inbox, again at every replay. Yields problems, never throws for what the bytes hold. */
  parse(input: ParseInput<Profile>): AsyncIterable<Parsed>;
}

/** What the gateway may do about a failure. The adapter decides, the gateway acts. */
export type Remedy = "retry" | "unknown" | "park" | "stop";

export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly code: string;
  readonly remedy: Remedy;
  /**
   * Of `encode`: keys of the objects that it is about; the rest may be encoded anew without them. Absent = all. Of
   * `poll`: keys of the objects whose message was refused for it, so that asking again will not change the answer.
   */
  readonly keys: readonly string[] | undefined;
  constructor(
    code: string,
    remedy: Remedy,
    message: string,
    options?: ErrorOptions & { readonly keys?: readonly string[] },
  ) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
    this.keys = options?.keys;
  }
}

/** Ids that a counterpart gave to one object, by its own names ("AccountGUID", "PaymentDocumentID"). */
export type ForeignIds = Readonly<Record<string, string>>;

/** One desired state to bring to a counterpart. */
export interface OutboundObject {
  /** Key of the object in the hub, for ever the same; the counterpart's transport id is derived from it. */
  readonly key: string;
  /** A key of the target's `objects`. */
  readonly kind: string;
  readonly contentHash: string;
  /** Typed in normalizer/model/outbound.ts by kind. */
  readonly content: unknown;
  /** What the counterpart has given to this object so far; empty before it was accepted once. */
  readonly foreignIds: ForeignIds;
  /** By key of the objects that it needs; all of them stand there. */
  readonly needs: Readonly<Record<string, ForeignIds>>;
}

/** A message to the counterpart, whole, as it is stored before it is sent. */
export interface EncodedBatch {
  readonly operation: string;
  readonly bytes: Uint8Array;
}

export interface StoredBatch extends EncodedBatch {
  readonly messageId: string;
  readonly objects: readonly OutboundObject[];
}

/** What a message was, without bytes and contents: they are many, and whoever asks for its result needs none of them. */
export interface SentBatch {
  readonly operation: string;
  readonly messageId: string;
  readonly kind: string;
  /** Of its objects. */
  readonly keys: readonly string[];
}

export interface ObjectResult {
  readonly key: string;
  readonly outcome: "accepted" | "refused";
  /** What to do about a refusal: mostly "park"; "retry" is counted and ends as "park". Absent when accepted. */
  readonly remedy?: Remedy;
  readonly foreignIds?: ForeignIds;
  /** Our code of problem-codes.md. */
  readonly code?: string;
  /** The counterpart's own code and text, as it said them. */
  readonly foreignCode?: string;
  readonly text?: string;
}

/** What came back, with its bytes: kept beside the request, whatever it says. */
export type Answer =
  | { readonly kind: "accepted"; readonly foreignMessage: string; readonly bytes: Uint8Array }
  | { readonly kind: "pending"; readonly bytes: Uint8Array }
  | {
      readonly kind: "results";
      readonly results: readonly ObjectResult[];
      readonly bytes: Uint8Array;
    };

export interface OpenTarget {
  /** Set by this channel's settings; absent = those of the adapter. */
  readonly pollDelaysMs?: readonly number[];
  readonly giveUpMs?: number;
  /**
   * Message of some objects of one kind. Nothing is sent; the same input gives the same content.
   *
   * @throws DeliveryError "park" when the objects cannot be said in the counterpart's form (SCHEMA_INVALID, LIMIT_EXCEEDED)
   */
  encode(
    kind: string,
    objects: readonly OutboundObject[],
    message: { readonly id: string; readonly atMs: number },
  ): Promise<EncodedBatch>;
  /** Sends the stored bytes once. @throws DeliveryError with what may be done */
  send(batch: StoredBatch, signal: AbortSignal): Promise<Answer>;
  /**
   * Asks for the result of an accepted message. Absent = `send` answers with results. It is a pure read: an error
   * "retry" or "unknown" is of the question, which is asked again, save REMOTE_MESSAGE_LOST, which makes the message's
   * outcome unknown; "park" is of the whole message. A message that must be built anew answers with refused objects
   * whose remedy is "retry". An object without a result is of unknown outcome.
   */
  poll?(batch: SentBatch, foreignMessage: string, signal: AbortSignal): Promise<Answer>;
  /**
   * After `unknown`: the objects that stand at the counterpart as they were sent, with their ids. An object that stands
   * there with an older content, or not at all, is not in the map: it is sent again. Absent = the objects park.
   */
  findDelivered?(
    kind: string,
    objects: readonly OutboundObject[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ForeignIds>>;
  close(): Promise<void>;
}

export interface OutboundKind {
  readonly batchMax: number;
  /** Objects of one message have equal groups (documents of one month); absent = any go together. */
  readonly groupOf?: (object: OutboundObject) => string;
  /**
   * Of a kind whose content is an OutboundAccount: those of its foreign ids by which the counterpart names the account
   * in what it sends. Payments are recognised by them, in upper case.
   */
  readonly namesAccounts?: readonly string[];
}

/** The other direction: desired states go out in batches, each object gets its own result. */
export interface TargetAdapter<Config> {
  readonly kind: string;
  readonly configSchema: object;
  /** Kinds of objects, in the order of need, with how many go into one message. */
  readonly objects: Readonly<Record<string, OutboundKind>>;
  /** Waits before the polls of one message, ms; the last one repeats. */
  readonly pollDelaysMs: readonly number[];
  /** A message without a result after this time is of unknown outcome. */
  readonly giveUpMs: number;
  /** An object must not go out by two channels of one organisation. */
  readonly onePerOrganisation?: true;
  /** Of an edge that may be only received from: whether these settings send. Absent = all do. */
  isOut?(config: Config): boolean;
  open(config: Config, environment: Environment): Promise<OpenTarget>;
}

/** Secrets come from here alone, by the names that the settings give. */
export type Environment = Readonly<Record<string, string | undefined>>;
