import { Logger } from "@aws-lambda-powertools/logger";
import { defined } from "./defined.ts";
import { maskFields, maskText } from "./mask.ts";
import { CodedError } from "./wms/errors.ts";

/** Powertools drops fields that have the names that it uses itself. */
type ReservedNames = "level" | "message" | "sampling_rate" | "service" | "timestamp";
type Fields = Readonly<Record<string, unknown>> & { readonly [Name in ReservedNames]?: never };

/** Where log lines go: JSON, one a line, masked. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** The log of the functions, on Powertools; `service` names the function. */
export const createLog = (service: string): Log => {
  const logger = new Logger({ serviceName: service });
  const line =
    (level: "info" | "warn" | "error") =>
    (message: string, fields: Fields = {}): void =>
      logger[level](maskText(message), maskFields(fields) as Record<string, never>);
  return { info: line("info"), warn: line("warn"), error: line("error") };
};

/** A log that writes nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An error as log fields: its code, words and causes; no stack of ours, no answer of the PBX. */
export const errorFields = (error: unknown): Fields => {
  if (error instanceof CodedError) {
    return {
      code: error.code,
      detail: error.message,
      ...defined({ field: error.field, sent: error.sent, pbx_status: error.pbxStatus }),
      ...(error.cause instanceof Error ? { because: maskText(error.cause.message) } : {}),
    };
  }
  return error instanceof Error
    ? { name: error.name, detail: error.message, stack: maskText(error.stack ?? "") }
    : { detail: String(error) };
};
