import { ProductError } from "../errors.ts";
import { failureName } from "./failure-name.ts";

/** Secrets Manager's own errors as REGISTRY_UNAVAILABLE. */
export const available = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    throw new ProductError("REGISTRY_UNAVAILABLE", {
      detail: `Secrets Manager did not respond: ${failureName(cause)}`,
      cause,
    });
  }
};

/** Returns undefined for a secret that does not exist, or that is about to be deleted and cannot be read. */
export const ignoreMissing = (error: unknown): undefined => {
  if (error instanceof Error && (error.name === "ResourceNotFoundException" || isMarkedForDeletion(error)))
    return undefined;
  throw error;
};

/**
 * Such a secret has no separate error code.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
 */
const isMarkedForDeletion = ({ name, message }: Error): boolean =>
  name === "InvalidRequestException" && /\bdelet(?:ed|ion)\b/i.test(message);
