/**
 * The store cannot start or go on, for a reason that the operator can mend: the message says, in Russian, what
 * happened, to which object, and what to do.
 */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}
