/** The invocation, as Lambda passes it to a function. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export interface Handler<Event, Result> {
  (event: Event, invocation: Invocation): Promise<Result>;
  /**
   * First uses for which the first request would wait: connections, keys, code that is compiled when it first runs. They change
   * nothing. Never throws: the first request meets the same failure and reports it.
   */
  readonly warm?: () => Promise<void>;
}
