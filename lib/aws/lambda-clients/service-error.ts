/** What a service answered instead of a result. It has the fields that the SDK's errors have, as far as the product reads them. */
export class ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; attempts: number };

  constructor(name: string, message: string, httpStatusCode: number) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode, attempts: 1 };
  }
}

/** The errors of a service that its callers distinguish by class. */
export type ServiceErrors = Readonly<Record<string, typeof ServiceError>>;

/** The error in an answer. `type` is the header X-Amzn-ErrorType. Load balancers answer without JSON. */
export const serviceErrorOf = (
  status: number,
  type: string | undefined,
  text: string,
  classes: ServiceErrors,
): ServiceError => {
  const body = readObject(text);
  const given = type ?? body["__type"] ?? body["code"];
  // with a namespace and `#` before it, or `:` and an address after it
  const name = typeof given === "string" ? given.replace(/:.*$/, "").replace(/^.*#/, "") : "UnknownError";
  const message = body["message"] ?? body["Message"];
  const words = typeof message === "string" ? message : `the service responded with ${status}`;
  const known = Object.hasOwn(classes, name) ? classes[name] : undefined;
  return new (known ?? ServiceError)(name, words, status);
};

const readObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};
