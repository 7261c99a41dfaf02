/** An event for other programs. */
export interface BusEvent {
  /** Such as `wildix.call.completed`. */
  readonly detailType: string;
  /** Id of the PBX that it is about. */
  readonly pbx: string;
  /** Plain JSON. */
  readonly detail: object;
  /** When it happened, epoch ms. */
  readonly at: number;
}

/**
 * Passes events on to other programs, at least once. Adapters: lib/aws/event-bridge.ts; on a laptop lib/local/event-file.ts. Throws
 * EVENT_BUS_UNAVAILABLE.
 */
export interface EventBus {
  /** False: the event is larger than the bus accepts. */
  put(event: BusEvent): Promise<boolean>;
}
