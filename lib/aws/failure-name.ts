/** What failed, in one word for a message: the code of a connection, or the name of the SDK's error. */
export const failureName = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "an error";
  const isOfConnection = cause.name === "Error" || cause.name === "AggregateError";
  return isOfConnection && "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
};
