import { ProductError } from "../errors.ts";

/** Secrets Manager's own errors as REGISTRY_UNAVAILABLE. */
export const available = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    const name = cause instanceof Error ? cause.name : "an error";
    throw new ProductError("REGISTRY_UNAVAILABLE", {
      detail: `Secrets Manager did not answer: ${name}`,
      cause,
    });
  }
};

/** Gives undefined for a secret that does not exist. */
export const ignoreMissing = (error: unknown): undefined => {
  if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
  throw error;
};
