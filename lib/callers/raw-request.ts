/** A request as it came, before anybody knows who sent it. */
export interface RawRequest {
  readonly method: string;
  /** Path and query as they were sent, such as `/call-queues?pbx=milan`. */
  readonly target: string;
  readonly query: Readonly<Record<string, string>>;
  /** By its lower-case name. */
  header(name: string): string | undefined;
  /** The body's bytes as they were sent. */
  readonly body: Buffer;
}
