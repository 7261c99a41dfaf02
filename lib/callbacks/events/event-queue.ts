/** An event whose signature was verified. */
export interface VerifiedEvent {
  /** Id of the PBX that sent it. */
  readonly pbx: string;
  /** The JSON text that was sent, unchanged. */
  readonly body: string;
}

/**
 * The queue between the webhook and the worker, at least once and in no order. Adapters: lib/aws/sqs-events.ts and
 * lib/local/event-queue.ts. Throws QUEUE_UNAVAILABLE.
 */
export interface EventQueue {
  send(event: VerifiedEvent): Promise<void>;
}
