export interface QueueMessage {
  /** Messages of a group are delivered in order, the next when the one before is done; groups do not wait for each other. */
  readonly group: string;
  /** A message with the `dedupe` of one that was sent in the last five minutes is dropped. */
  readonly dedupe: string;
  readonly body: string;
}

export interface ReceivedMessage {
  readonly body: string;
  /** Names this delivery. */
  readonly receipt: string;
  /** How often the message was delivered, this time included. */
  readonly receives: number;
}

/**
 * A queue of work, at least once: a message that is delivered is hidden for a while and comes again unless it is removed.
 * After too many times it goes to the dead letters, which are a queue as well. Adapters: lib/aws/sqs-queue.ts (FIFO),
 * lib/local/memory-queue.ts; one contract suite runs on both. Throws QUEUE_UNAVAILABLE.
 */
export interface WorkQueue {
  /** Throws if one message was not taken; the others may have been. */
  send(messages: readonly QueueMessage[]): Promise<void>;
  /** At most ten messages, or `most`; none if nothing waits. */
  receive(most?: number): Promise<readonly ReceivedMessage[]>;
  /** The message is done. A delivery that is over is ignored. */
  remove(receipt: string): Promise<void>;
  /** Hands the message out again after these seconds, not later. A delivery that is over is ignored. */
  postpone(receipt: string, seconds: number): Promise<void>;
}
