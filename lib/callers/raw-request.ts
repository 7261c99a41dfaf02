/** A request before its sender is known. */
export interface RawRequest {
  readonly method: string;
  /** Path and query as sent, for example `/call-queues?pbx=milan`. */
  readonly target: string;
  readonly query: Readonly<Record<string, string>>;
  /** By its lower-case name. */
  header(name: string): string | undefined;
  /** The bytes of the body. */
  readonly body: Buffer;
}
