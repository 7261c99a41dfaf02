/** What a function is told about the invocation. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler<Event, Result> = (event: Event, invocation: Invocation) => Promise<Result>;
