import type { FileOutcome, Problem } from "../normalizer/model/problems.ts";
import type { IntervalMessageHeader, SourceRecord } from "../normalizer/model/records.ts";

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
  constructor(code: string, remedy: Remedy, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** One desired state to bring to a counterpart. */
export interface OutboundObject {
  readonly key: string;
  readonly contentHash: string;
  readonly content: unknown;
}

export interface EncodedBatch {
  readonly messageId: string;
  readonly bytes: Uint8Array;
  readonly keys: readonly string[];
}

export interface ObjectResult {
  readonly key: string;
  readonly outcome: "accepted" | "refused" | "pending";
  readonly foreignId?: string;
  readonly code?: string;
  readonly text?: string;
}

/** The other direction. `encode` is pure; its bytes are stored before `deliver` sends them. */
export interface TargetAdapter<Config> {
  readonly kind: string;
  readonly configSchema: object;
  encode(objects: readonly OutboundObject[], messageId: string): EncodedBatch;
  deliver(
    config: Config,
    batch: EncodedBatch,
    signal: AbortSignal,
  ): Promise<readonly ObjectResult[]>;
  /** After `unknown`: which of the keys the counterpart has. An edge without it parks, never retries. */
  findDelivered?(
    config: Config,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
}
